"""The base painter as a refinement needs it: frozen parts in the precision of the run."""

from __future__ import annotations

import torch
from diffusers import StableDiffusionXLPipeline

from generation.painter import Painter, load_painter
from rlhf.refine_settings import RefineSettings
from workbench.errors import BadInput
from workbench.profiles import Profile

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def load_base_painter(profile: Profile, settings: RefineSettings, device: str) -> Painter:
    """The painter of a profile, each part in its precision.

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
    parts = ("unet", "text_encoder", "text_encoder_2")
    wanted = dict.fromkeys(parts, settings.precision) | {"vae": settings.vae_precision}
    for name, precision in wanted.items():
        part, dtype = getattr(pipeline, name), _DTYPES[precision]
        if part.dtype != dtype:
            part.to(dtype)
    if pipeline.unet.device.type == "cuda":
        # Adapters and VAE in fp32 are multiplied as TF32, which is exact enough and far faster;
        # sizes are the same in each step, so that it pays to find the best convolutions once.
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    # Recomputing is tied to training mode; neither part has dropout or batch statistics.
    if settings.saves_memory:
        pipeline.unet.train().enable_gradient_checkpointing()
    if settings.saves_decoder_memory:
        pipeline.vae.train().enable_gradient_checkpointing()
