"""Painting as a chain of Gaussian decisions, each with a known probability.

DDIM with eta 1 (Song et al. 2021, Eqs. 12 and 16) draws every latent but the last from a Gaussian.
The last step has no noise left to draw: the painter decides nothing there, and nothing is learned
from it. Letters in shapes: n pictures, t Gaussian steps, c latent channels, s latent edge.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from diffusers import DDIMScheduler
from torch import Tensor

from rlhf._rollout import Denoiser, refuse_nan


class Gaussian(NamedTuple):
    """One decision: independent normals of one sd around `mean` (n, c, s, s)."""

    mean: Tensor
    sd: float


class Chain(NamedTuple):
    """A rollout that can be looked back on."""

    latents: Tensor
    """(n, t + 1, c, s, s): before the first decision, and after each."""
    log_probs: Tensor
    """(n, t)."""
    clean: Tensor
    """(n, c, s, s): the finished picture."""


def decision(
    denoiser: Denoiser, scheduler: DDIMScheduler, number: int, latents: Tensor
) -> Gaussian:
    """p(x_{t-1} | x_t) at step `number`, which must not be the last (Song et al. 2021, Eq. 12)."""
    kept = scheduler.alphas_cumprod[scheduler.timesteps[number : number + 2]].double().tolist()
    now, then = kept
    clean = _clean(denoiser, scheduler, number, latents)
    noise = (latents - math.sqrt(now) * clean) / math.sqrt(1 - now)
    variance = (1 - then) / (1 - now) * (1 - now / then)  # Eq. 16 with eta 1, squared.
    direction = math.sqrt(max(1 - then - variance, 0.0))
    return Gaussian(math.sqrt(then) * clean + direction * noise, math.sqrt(variance))


def log_probability(latents: Tensor, gaussian: Gaussian) -> Tensor:
    """log N(latents; mean, sd), averaged over the c * s * s values: (n,).

    The average instead of the sum (as in the code of Black et al. 2023) keeps ratios of
    probabilities near 1 whatever the resolution.
    """
    deviations = (latents - gaussian.mean) / gaussian.sd
    constant = math.log(gaussian.sd) + 0.5 * math.log(2 * math.pi)
    return -(0.5 * deviations.square() + constant).mean(dim=(1, 2, 3))


@torch.no_grad()
def stochastic_rollout(denoiser: Denoiser, scheduler: DDIMScheduler, noise: Tensor) -> Chain:
    """Paint. noise: (n, t + 1, c, s, s) float32, the start and what each decision adds.

    Raises NotFinite naming the step of the rollout.
    """
    latents = noise[:, 0] * scheduler.init_noise_sigma
    states, log_probs = [latents], []
    for number in range(len(scheduler.timesteps) - 1):
        gaussian = decision(denoiser, scheduler, number, latents)
        latents = gaussian.mean + gaussian.sd * noise[:, number + 1]
        refuse_nan(latents, f"the latents at rollout step {number}")
        states.append(latents)
        log_probs.append(log_probability(latents, gaussian))
    last = len(scheduler.timesteps) - 1
    clean = _clean(denoiser, scheduler, last, latents)
    refuse_nan(clean, f"the predicted picture at rollout step {last}")
    return Chain(torch.stack(states, dim=1), torch.stack(log_probs, dim=1), clean)


def _clean(denoiser: Denoiser, scheduler: DDIMScheduler, number: int, latents: Tensor) -> Tensor:
    """The picture (n, c, s, s) that the painter expects at step `number`."""
    timestep = scheduler.timesteps[number].to(latents.device)
    said = denoiser(latents, timestep)
    clean: Tensor = scheduler.step(said, timestep, latents).pred_original_sample
    return clean
