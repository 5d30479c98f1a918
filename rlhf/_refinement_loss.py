"""Eqs. 10 and 11: the pre-training loss and the reward loss.

Letters in shapes: n pictures, c latent channels, s latent edge.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler
from torch import Tensor


class Noised(NamedTuple):
    """Latents with noise on them, and what the painter should say of them."""

    latents: Tensor
    """(n, c, s, s)."""
    target: Tensor
    """(n, c, s, s): the noise, or the velocity."""
    timesteps: Tensor
    """(n,) int64."""


def noised(scheduler: DDPMScheduler, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Noised:
    """Clean latents and noise, (n, c, s, s) float32, mixed as at `timesteps` (n,) int64."""
    is_velocity = scheduler.config.prediction_type == "v_prediction"
    target = scheduler.get_velocity(latents, noise, timesteps) if is_velocity else noise
    return Noised(scheduler.add_noise(latents, noise, timesteps), target, timesteps)


def denoising_errors(said: Tensor, target: Tensor) -> Tensor:
    """Mean squared error per picture, (n,), of predictions (n, c, s, s)."""
    return (said - target).square().mean(dim=(1, 2, 3))


def pretraining_loss(
    said: Tensor, batch: Noised, scheduler: DDPMScheduler, snr_gamma: float
) -> Tensor:
    """L_pre of Eq. 11: the denoising loss of the painter's own pre-training, min-SNR weighted.

    said: (n, c, s, s), the painter's prediction for `batch`.
    """
    kept = scheduler.alphas_cumprod.to(said.device)[batch.timesteps]
    kind = scheduler.config.prediction_type
    weights = min_snr_weights(kept / (1 - kept), snr_gamma, kind)
    return (denoising_errors(said, batch.target) * weights).mean()


def min_snr_weights(snr: Tensor, gamma: float, prediction_type: str) -> Tensor:
    """Weights (n,) of Hang et al. 2023 (min-SNR), in terms of the prediction that is made.

    snr: (n,) signal-to-noise ratios, >= 0; 0 (a schedule of zero terminal SNR) weighs 1 for
    epsilon, where the loss is about noise alone, and 0 for v.
    """
    capped = snr.clamp(max=gamma)
    if prediction_type == "v_prediction":
        return capped / (snr + 1)
    return torch.where(snr > gamma, gamma / snr, torch.ones_like(snr))


def reward_loss(rewards: Tensor, margin_sd: float) -> Tensor:
    """L_RLHF of Eq. 10, hinged as in ReFL: mean relu(margin - f), f standardised (n,).

    Below the margin its gradient is that of -E f; a picture above it pushes no more.
    """
    return F.relu(margin_sd - rewards).mean()
