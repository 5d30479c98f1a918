"""The painter's autoencoder: 64 px pictures to 16 x 16 x 4 latents and back."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from numpy.typing import NDArray
from torch import Tensor

from miniature.pixels import as_pixels
from miniature.train.checkpoints import Trainee
from miniature.train.loop import Losses, optimizer_for, run_steps
from miniature.train.recipe import best_device
from miniature.train.settings import PainterSettings
from workbench.run_folder import RunFolder

_SCALES = (1, 2, 4, 8)
_MSE_WEIGHT = 2.0
_KL_WEIGHT = 1e-5


def new_autoencoder() -> AutoencoderKL:
    """An f4 autoencoder with 0.65 M parameters.

    Every residual block begins as the identity, without which the first thousand steps learn little
    more than mean colours (Goyal et al. 2017, 5.1, for networks with skip connections).
    """
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(16, 32, 64),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=64,
        mid_block_add_attention=False,
        scaling_factor=1.0,
        force_upcast=False,
    )
    for module in vae.modules():
        if isinstance(module, ResnetBlock2D):
            torch.nn.init.zeros_(module.conv2.weight)
    return vae


def train_autoencoder(
    run: RunFolder, settings: PainterSettings, pictures: NDArray[np.uint8]
) -> AutoencoderKL:
    """Multi-scale L1 + 2 MSE + 1e-5 KL; then fixes the latents' mean and sd in the config."""
    torch.manual_seed(settings.seed)
    # Several times faster on CPUs than the default layout.
    vae = new_autoencoder().to(best_device(), memory_format=torch.channels_last)
    modules: dict[str, torch.nn.Module] = {"vae": vae}
    trainee = Trainee(
        modules, optimizer_for(modules, settings.vae_learning_rate), settings.ema_decay
    )

    def loss_of_step(generator: torch.Generator) -> Losses:
        chosen = torch.randint(len(pictures), (settings.vae_batch,), generator=generator)
        return _losses(vae, as_pixels(pictures[np.sort(chosen.numpy())]).to(vae.device), generator)

    run_steps(
        run, "vae", trainee, loss_of_step,
        steps=settings.vae_steps, seed=settings.seed, save_every=settings.save_every,
    )  # fmt: skip
    vae.eval().requires_grad_(False)
    return vae


@torch.no_grad()
def encode_all(
    run: RunFolder, vae: AutoencoderKL, pictures: NDArray[np.uint8], *, batch: int = 64
) -> Tensor:
    """Standardised latents (n, 4, h/4, w/4) of all pictures; writes mean and sd into the config.

    diffusers' SDXL pipeline undoes the standardisation when the config has both.
    """
    starts = range(0, len(pictures), batch)
    raw = torch.cat(
        [
            vae.encode(as_pixels(pictures[start : start + batch]).to(vae.device))
            .latent_dist.mode()
            .cpu()
            for start in run.track(starts, stage="encoding", total=len(starts))
        ]
    )
    mean, std = raw.mean(dim=(0, 2, 3)), raw.std(dim=(0, 2, 3))
    vae.register_to_config(latents_mean=mean.tolist(), latents_std=std.tolist())
    return (raw - mean[:, None, None]) / std[:, None, None]


@torch.no_grad()
def reconstruction_psnr(vae: AutoencoderKL, pictures: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio in dB of pictures (n, 64, 64, 3) after encoding and decoding."""
    pixels = as_pixels(pictures).to(vae.device)
    decoded = vae.decode(vae.encode(pixels).latent_dist.mode()).sample.clamp(-1, 1)
    error = F.mse_loss(decoded, pixels)  # The range is 2 wide.
    return float(10 * torch.log10(4.0 / error))


def _losses(vae: AutoencoderKL, pixels: Tensor, generator: torch.Generator) -> Losses:
    posterior = vae.encode(pixels).latent_dist
    l1, mse = _picture_errors(vae.decode(posterior.sample(generator)).sample, pixels)
    kl = posterior.kl().mean()
    return {"loss": l1 + _MSE_WEIGHT * mse + _KL_WEIGHT * kl, "l1": l1, "mse": mse, "kl": kl}


def _picture_errors(decoded: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """L1 summed over scales, which keeps colours right, and the mean squared error."""
    l1 = torch.stack(
        [F.l1_loss(F.avg_pool2d(decoded, k), F.avg_pool2d(pixels, k)) for k in _SCALES]
    ).sum()
    return l1, F.mse_loss(decoded, pixels)
