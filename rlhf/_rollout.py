"""The truncated sampler of ReFL: paint without gradients up to one late step, which has them.

After Xu et al. 2023 (ImageReward), algorithm 1. Letters in shapes: n pictures, c latent channels,
s latent edge.
"""

from __future__ import annotations

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


def truncated_rollout(
    unet: UNet2DConditionModel,
    scheduler: DDIMScheduler,
    noise: Tensor,
    prompts: Conditioning,
    without_prompt: Conditioning | None,
    *,
    guidance: float,
    gradient_step: int,
    size_px: int,
) -> Tensor:
    """Predicted clean latents x0 at step `gradient_step`, with the gradient of that step alone.

    noise: (n, c, s, s) float32, standard normal. `without_prompt` (n rows) is needed when
    `guidance` > 1. gradient_step counts from 0; the steps before it run without gradients.
    Returns (n, c, s, s) float32. Raises NotFinite naming the step of the rollout.
    """

    def said(latents: Tensor, timestep: Tensor) -> Tensor:
        answer = predict(unet, latents, timestep, prompts, size_px)
        if without_prompt is None:
            return answer
        blind = predict(unet, latents, timestep, without_prompt, size_px)
        return blind + guidance * (answer - blind)

    latents = noise * scheduler.init_noise_sigma
    timesteps = scheduler.timesteps.to(noise.device)
    with torch.no_grad():
        for number, timestep in enumerate(timesteps[:gradient_step]):
            latents = scheduler.step(said(latents, timestep), timestep, latents).prev_sample
            _refuse_nan(latents, f"the latents at rollout step {number}")
    last = timesteps[gradient_step]
    clean: Tensor = scheduler.step(said(latents, last), last, latents).pred_original_sample
    _refuse_nan(clean, f"the predicted picture at rollout step {gradient_step}")
    return clean


def _refuse_nan(latents: Tensor, where: str) -> None:
    if not bool(torch.isfinite(latents).all()):
        raise NotFinite(where)
