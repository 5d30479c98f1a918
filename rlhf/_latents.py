"""Between pictures and latents, as the SDXL pipeline itself converts them.

Letters in shapes: n pictures, h and w pixels, c latent channels, f the VAE's factor.
"""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL
from torch import Tensor


def encode_latents(vae: AutoencoderKL, images: Tensor) -> Tensor:
    """(n, 3, h, w) float32 in [0, 1] -> (n, c, h/f, w/f) scaled latents, the posterior's mode."""
    moments = vae.encode(images.to(vae.dtype) * 2 - 1).latent_dist.mode()
    mean, std = _statistics(vae, moments)
    latents: Tensor = (moments - mean) / std * vae.config.scaling_factor
    return latents.float()


def decode_latents(vae: AutoencoderKL, latents: Tensor) -> Tensor:
    """(n, c, h/f, w/f) scaled latents -> (n, 3, h, w) float32, nominally in [0, 1] but not clamped.

    The VAE is in float32 or bfloat16: SDXL's overflows in float16.
    """
    latents = latents.to(vae.dtype)
    mean, std = _statistics(vae, latents)
    decoded = vae.decode(latents * std / vae.config.scaling_factor + mean, return_dict=False)[0]
    images: Tensor = decoded.float() / 2 + 0.5
    return images


def _statistics(vae: AutoencoderKL, like: Tensor) -> tuple[Tensor, Tensor]:
    """`latents_mean` and `latents_std` of the VAE's config, else 0 and 1; each (1, c, 1, 1)."""
    mean, std = vae.config.get("latents_mean"), vae.config.get("latents_std")
    if mean is None or std is None:
        return like.new_zeros(1), like.new_ones(1)
    shape = (1, -1, 1, 1)
    return like.new_tensor(mean).view(shape), like.new_tensor(std).view(shape)


def seeded_noise(
    shape: tuple[int, ...], generator: torch.Generator, device: torch.device
) -> Tensor:
    """Standard normal float32, drawn on the CPU so that a seed means the same everywhere."""
    return torch.randn(shape, generator=generator).to(device)
