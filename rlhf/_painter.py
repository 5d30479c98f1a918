"""The base painter as a refinement needs it: frozen parts in the precision of the run."""

from __future__ import annotations

import torch
from diffusers import StableDiffusionXLPipeline

from generation.painter import Painter, load_painter
from rlhf.refine_settings import RefineSettings
from workbench.errors import BadInput
from workbench.profiles import Profile


def load_base_painter(profile: Profile, settings: RefineSettings, device: str) -> Painter:
    """The painter of a profile, its VAE in float32.

    Raises BadInput when it cannot be loaded or the picture size does not fit its VAE.
    """
    painter = load_painter(profile, device="cuda" if device == "cuda" else "cpu")
    factor = max(8, painter.pipeline.vae_scale_factor)
    if profile.size_px % factor:
        raise BadInput(
            f"pictures of {profile.size_px} px do not fit the painter; its sizes are multiples of "
            f"{factor}"
        )
    place_painter(painter.pipeline, settings)
    return painter


def place_painter(pipeline: StableDiffusionXLPipeline, settings: RefineSettings) -> None:
    """Bring each part into its precision; recompute activations if memory is to be saved."""
    dtype = torch.bfloat16 if settings.precision == "bf16" else torch.float32
    wanted = {"unet": dtype, "text_encoder": dtype, "text_encoder_2": dtype, "vae": torch.float32}
    for name, precision in wanted.items():
        part = getattr(pipeline, name)
        if part.dtype != precision:
            part.to(precision)
    if settings.saves_memory:
        # Recomputing is tied to training mode; neither part has dropout or batch statistics.
        pipeline.unet.train().enable_gradient_checkpointing()
        pipeline.vae.train().enable_gradient_checkpointing()
