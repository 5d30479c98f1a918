"""The truncated sampler: paint without gradients up to the last few steps, which have them.

After Xu et al. 2023 (ImageReward), algorithm 1, and Clark et al. 2023 (DRaFT), algorithm 1. Letters
in shapes: n pictures, c latent channels, s latent edge.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import torch
from diffusers import DDIMScheduler, DDPMScheduler, SchedulerMixin
from torch import Tensor

from rlhf._prompts import Conditioning


class UNet(Protocol):
    """A UNet2DConditionModel, or what stands in for it."""

    @property
    def dtype(self) -> torch.dtype: ...

    def __call__(self, latents: Tensor, timestep: Tensor, **conditions: Any) -> Any: ...


class NotFinite(Exception):
    """Latents or a loss held NaN or infinity; `where` says at which point."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


def training_scheduler(sampling: SchedulerMixin) -> DDPMScheduler:
    """The noise schedule that the painter was trained with; apart, because sampling mutates."""
    return DDPMScheduler.from_config(sampling.config, clip_sample=False)


def rollout_scheduler(sampling: SchedulerMixin, steps: int) -> DDIMScheduler:
    """Deterministic DDIM on the same noise schedule, from pure noise to the picture in `steps`."""
    scheduler = DDIMScheduler.from_config(
        sampling.config, clip_sample=False, set_alpha_to_one=True, timestep_spacing="trailing"
    )
    scheduler.set_timesteps(steps)
    return scheduler


def predict(
    unet: UNet, latents: Tensor, timestep: Tensor, prompts: Conditioning, size_px: int
) -> Tensor:
    """What the UNet says of noisy latents, float32 (n, c, s, s).

    timestep: () or (n,). The time_ids are the canonical ones: original and target are the true
    size, nothing is cropped.
    """
    dtype = unet.dtype
    said = unet(
        latents.to(dtype),
        timestep,
        encoder_hidden_states=prompts.states.to(dtype),
        added_cond_kwargs={
            "text_embeds": prompts.pooled.to(dtype),
            "time_ids": _time_ids(size_px, latents.device, dtype).expand(len(latents), -1),
        },
        return_dict=False,
    )[0]
    return torch.as_tensor(said).float()


@lru_cache(maxsize=8)
def _time_ids(size_px: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """(1, 6); made once, because each making would wait for the device."""
    return torch.tensor([[size_px, size_px, 0, 0, size_px, size_px]], device=device, dtype=dtype)


class Denoiser(NamedTuple):
    """A painter that has been told what to paint, with classifier-free guidance."""

    unet: UNet
    prompts: Conditioning
    """n rows."""
    without_prompt: Conditioning | None
    """n rows; None switches guidance off."""
    guidance: float
    size_px: int

    def __call__(self, latents: Tensor, timestep: Tensor) -> Tensor:
        """The guided prediction (n, c, s, s), after Ho and Salimans 2022, Eq. 6."""
        said = predict(self.unet, latents, timestep, self.prompts, self.size_px)
        if self.without_prompt is None:
            return said
        blind = predict(self.unet, latents, timestep, self.without_prompt, self.size_px)
        return blind + self.guidance * (said - blind)


def truncated_rollout(
    denoiser: Denoiser,
    scheduler: DDIMScheduler,
    noise: Tensor,
    *,
    last_step: int,
    gradient_steps: int = 1,
) -> Tensor:
    """Predicted clean latents x0 at `last_step`, with the gradient of the last `gradient_steps`.

    noise: (n, c, s, s) float32, standard normal. Steps count from 0; those before the last
    `gradient_steps` (which includes `last_step`) run without gradients. Returns (n, c, s, s)
    float32. Raises NotFinite naming the step of the rollout.
    """
    first = max(0, last_step + 1 - gradient_steps)
    begun = begun_rollout(denoiser, scheduler, noise, until=first)
    return finished_rollout(denoiser, scheduler, begun, steps=range(first, last_step + 1))


@torch.no_grad()
def begun_rollout(
    denoiser: Denoiser, scheduler: DDIMScheduler, noise: Tensor, *, until: int
) -> Tensor:
    """Latents (n, c, s, s) before step `until`, from noise of that shape; no gradients.

    Raises NotFinite.
    """
    return _denoised(denoiser, scheduler, noise * scheduler.init_noise_sigma, range(until))


def finished_rollout(
    denoiser: Denoiser, scheduler: DDIMScheduler, begun: Tensor, *, steps: range
) -> Tensor:
    """x0 as predicted at the last of `steps`, from latents before the first of them.

    Raises NotFinite.
    """
    last = steps[-1]
    latents = _denoised(denoiser, scheduler, begun, steps[:-1])
    said = denoiser(latents, scheduler.timesteps[last].to(latents.device))
    clean: Tensor = scheduler.step(said, _on_cpu(scheduler, last), latents).pred_original_sample
    refuse_nan(clean, f"the predicted picture at rollout step {last}")
    return clean


def _denoised(
    denoiser: Denoiser, scheduler: DDIMScheduler, latents: Tensor, steps: range
) -> Tensor:
    # Looked at when all is done: every look waits for the device.
    is_finite = []
    timesteps = scheduler.timesteps.to(latents.device)
    for number in steps:
        said = denoiser(latents, timesteps[number])
        latents = scheduler.step(said, _on_cpu(scheduler, number), latents).prev_sample
        is_finite.append(torch.isfinite(latents.detach()).all())
    if steps and not all(good := torch.stack(is_finite).tolist()):
        raise NotFinite(f"the latents at rollout step {steps[good.index(False)]}")
    return latents


def _on_cpu(scheduler: DDIMScheduler, number: int) -> int:
    """The timestep as a number: the scheduler looks things up in tables on the CPU."""
    return int(scheduler.timesteps[number])


def refuse_nan(latents: Tensor, where: str) -> None:
    """Raises NotFinite, saying `where`, unless all numbers are finite."""
    if not bool(torch.isfinite(latents).all()):
        raise NotFinite(where)
