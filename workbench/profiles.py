"""A profile names the models of one installation; code paths are the same for all of them."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from workbench.errors import BadInput

ROOT = Path(__file__).resolve().parent.parent


class Profile(BaseModel):
    """Where the models of an installation come from: folders, or names in a local hub cache."""

    model_config = ConfigDict(frozen=True)

    name: str
    painter: str
    """A diffusers folder that loads as StableDiffusionXLPipeline."""
    embedder: str
    """A folder with an ImageBind config.json and safetensors."""
    size_px: int
    """Edge of the square pictures that the painter makes."""
    steps: int
    """Denoising steps when painting."""
    guidance: float
    """Scale of classifier-free guidance when painting."""
    needs_gpu: bool = False


PROFILES = {
    "mini": Profile(
        name="mini",
        painter=str(ROOT / "miniature" / "weights" / "painter"),
        embedder=str(ROOT / "miniature" / "weights" / "embedder"),
        size_px=64,
        steps=16,
        guidance=3.5,
    ),
    "sdxl": Profile(
        name="sdxl",
        painter="stabilityai/stable-diffusion-xl-base-1.0",
        embedder="imagebind_huge",
        size_px=1024,
        steps=30,
        guidance=5.0,
        needs_gpu=True,
    ),
}


def chosen_profile(name: str | None = None) -> Profile:
    """The named profile, else that of MUSEPAINTER_PROFILE, else `mini`.

    Raises BadInput for an unknown name; never falls back to another profile.
    """
    wanted = name or os.environ.get("MUSEPAINTER_PROFILE", "mini")
    if wanted not in PROFILES:
        raise BadInput(f"profile {wanted!r} is unknown; choose one of {', '.join(PROFILES)}")
    return PROFILES[wanted]
