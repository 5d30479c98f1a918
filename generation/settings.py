"""Settings of the two commands; the site makes its forms from them, so nothing heavy is loaded."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from workbench.axes import AXES, Axis


class DescribeSettings(BaseModel):
    """How a recording is read before it is described."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_duration_s: float = Field(
        default=600.0,
        ge=1.0,
        le=3600.0,
        description="Seconds read from the beginning; 600 hold almost every song in 50 MB.",
    )


def _weight(axis_name: str) -> float | None:
    weight: float | None = Field(
        default=None,
        ge=0.0,
        le=2.0,
        description=f"Weight of the adapter for {axis_name}; 1 when an adapter is given, 0 is off.",
    )
    return weight


class PaintSettings(DescribeSettings):
    """How pictures are painted. An empty value leaves the choice to the profile."""

    profile: str | None = Field(
        default=None, description="mini or sdxl; else MUSEPAINTER_PROFILE, else mini."
    )
    painter: str | None = Field(
        default=None,
        description="Folder of an SDXL pipeline (diffusers) to use in place of the profile's.",
    )
    steps: int | None = Field(
        default=None,
        ge=1,
        le=200,
        description="Denoising steps; the profile's suit its painter (mini 16, sdxl 30).",
    )
    guidance: float | None = Field(
        default=None,
        ge=1.0,
        le=30.0,
        description="Scale of classifier-free guidance; 1 is none (mini 3.5, sdxl 5).",
    )
    size_px: int | None = Field(
        default=None,
        ge=16,
        le=4096,
        description="Edge of the square picture, a multiple of 8 (mini 64, sdxl 1024).",
    )
    seed: int = Field(
        default=0,
        ge=0,
        lt=2**31,
        description="Equal seeds give equal pictures; a manifest derives one seed per picture.",
    )
    per_clip: int = Field(
        default=1, ge=1, le=64, description="Candidates painted for each clip of a manifest."
    )
    batch: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Pictures painted at once; changes memory and speed, not what is painted.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="auto takes the GPU if there is one."
    )
    emo: float | None = _weight("emotional consistency")
    con: float | None = _weight("semantic content alignment")
    cre: float | None = _weight("creative aesthetic appeal")
    foreign_adapters: bool = Field(
        default=False,
        description="Accept adapters that do not say which base painter and axis they are for.",
    )

    def weight_of(self, axis: Axis) -> float | None:
        """The weight given for an axis, None where none was given."""
        weights = dict(zip(AXES, (self.emo, self.con, self.cre), strict=True))
        return weights[axis]
