"""The truncated sampler: paint without gradients up to the last few steps, which have them.

After Xu et al. 2023 (ImageReward), algorithm 1, and Clark et al. 2023 (DRaFT), algorithm 1. Letters
in shapes: n pictures, c latent channels, s latent edge.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from diffusers import DDIMScheduler, DDPMScheduler, SchedulerMixin, UNet2DConditionModel
from torch import Tensor

from rlhf._prompts import Conditioning


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
    unet: UNet2DConditionModel,
    latents: Tensor,
    timestep: Tensor,
    prompts: Conditioning,
    size_px: int,
) -> Tensor:
    """What the UNet says of noisy latents, float32 (n, c, s, s).

    timestep: () or (n,). The time_ids are the canonical ones: original and target are the true
    size, nothing is cropped.
    """
    dtype = unet.dtype
    time_ids = latents.new_tensor([[size_px, size_px, 0, 0, size_px, size_px]]).to(dtype)
    said = unet(
        latents.to(dtype),
        timestep,
        encoder_hidden_states=prompts.states.to(dtype),
        added_cond_kwargs={
            "text_embeds": prompts.pooled.to(dtype),
            "time_ids": time_ids.expand(len(latents), -1),
        },
        return_dict=False,
    )[0]
    return torch.as_tensor(said).float()


class Denoiser(NamedTuple):
    """A painter that has been told what to paint, with classifier-free guidance."""

    unet: UNet2DConditionModel
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
    latents = noise * scheduler.init_noise_sigma
    timesteps = scheduler.timesteps.to(noise.device)
    wanted = torch.is_grad_enabled()
    for number, timestep in enumerate(timesteps[:last_step]):
        with torch.set_grad_enabled(wanted and number > last_step - gradient_steps):
            said = denoiser(latents, timestep)
            latents = scheduler.step(said, timestep, latents).prev_sample
        refuse_nan(latents, f"the latents at rollout step {number}")
    last = timesteps[last_step]
    clean: Tensor = scheduler.step(denoiser(latents, last), last, latents).pred_original_sample
    refuse_nan(clean, f"the predicted picture at rollout step {last_step}")
    return clean


def refuse_nan(latents: Tensor, where: str) -> None:
    """Raises NotFinite, saying `where`, unless all numbers are finite."""
    if not bool(torch.isfinite(latents).all()):
        raise NotFinite(where)
