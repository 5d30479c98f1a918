"""Eqs. 10 and 11: the pre-training loss, the reward loss, and the weight between them.

Letters in shapes: n pictures, c latent channels, s latent edge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler, UNet2DConditionModel
from torch import Tensor, nn

from rlhf._prompts import Conditioning
from rlhf._rollout import predict


def pretraining_loss(
    unet: UNet2DConditionModel,
    scheduler: DDPMScheduler,
    latents: Tensor,
    noise: Tensor,
    timesteps: Tensor,
    prompts: Conditioning,
    *,
    snr_gamma: float,
    size_px: int,
) -> Tensor:
    """L_pre of Eq. 11: the denoising loss of the painter's own pre-training, min-SNR weighted.

    latents, noise: (n, c, s, s) float32; timesteps: (n,) int64.
    """
    kind = scheduler.config.prediction_type
    is_velocity = kind == "v_prediction"
    target = scheduler.get_velocity(latents, noise, timesteps) if is_velocity else noise
    noisy = scheduler.add_noise(latents, noise, timesteps)
    said = predict(unet, noisy, timesteps, prompts, size_px)
    errors = F.mse_loss(said, target, reduction="none").mean(dim=(1, 2, 3))
    kept = scheduler.alphas_cumprod.to(latents.device)[timesteps]
    return (errors * min_snr_weights(kept / (1 - kept), snr_gamma, kind)).mean()


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


def gradient_norm(loss: Tensor, parameters: Sequence[nn.Parameter]) -> float:
    """Euclidean norm of the gradient of `loss`; parameters that it does not reach count as 0."""
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    return math.sqrt(sum(float(g.double().square().sum()) for g in gradients if g is not None))
