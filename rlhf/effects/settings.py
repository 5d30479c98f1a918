"""Settings of the measurement of adapters: what a command, a form and a saved run agree on."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from rlhf.devices import Device
from workbench.axes import AXES, AXIS_NAMES, Axis

_STRONGEST = 2.0


def _share(axis: Axis) -> float | None:
    share: float | None = Field(
        default=None,
        ge=0.0,
        le=_STRONGEST,
        description=(
            f"Weight of the adapter for {AXIS_NAMES[axis]} in a mixture that is measured as well."
        ),
    )
    return share


class EffectsSettings(BaseModel):
    """How adapters are laid beside the base painter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pictures: int = Field(
        default=100,
        ge=2,
        le=100_000,
        description=(
            "Pictures by each painter, on as many held-out clips as per_clip leaves, or on all "
            "that there are; 100 tell a win rate of 60 % from a coin."
        ),
    )
    per_clip: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Pictures of each clip; 2 also show how much varies within a prompt.",
    )
    best_of: int = Field(
        default=4,
        ge=1,
        le=64,
        description=(
            "Pictures of the base from which the best is kept by reward, as the baseline that "
            "needs no training; 1 leaves it out."
        ),
    )
    equal_cost: bool = Field(
        default=True,
        description=(
            "Let each adapter paint as many pictures as best_of, and keep its best, to compare "
            "both at the same painting cost; off saves that painting."
        ),
    )
    weights: str = Field(
        default="0,0.25,0.5,0.75,1,1.25",
        description=(
            f"Weights of the response curves, 0 to {_STRONGEST:g}, separated by commas; 0 is "
            "always among them, and alone draws no curve."
        ),
    )
    curve_pictures: int = Field(
        default=24,
        ge=2,
        le=10_000,
        description="Pictures at each weight of a curve, one for each of as many clips.",
    )
    emo: float | None = _share("emo")
    con: float | None = _share("con")
    cre: float | None = _share("cre")
    shown: int = Field(default=8, ge=1, le=64, description="Clips on the contact sheets.")
    steps_shown: int = Field(
        default=6,
        ge=0,
        le=64,
        description=(
            "Of the adapters that a refinement kept on its way (adapter_every), how many a contact "
            "sheet shows, well spread; 0 draws none."
        ),
    )
    painter: str | None = Field(
        default=None,
        description="Folder of an SDXL pipeline (diffusers) to use in place of the profile's.",
    )
    batch: int = Field(
        default=8, ge=1, le=256, description="Pictures painted at once; changes memory and speed."
    )
    resamples: int = Field(
        default=2000, ge=10, le=100_000, description="Bootstrap resamples of clips for intervals."
    )
    seed: int = Field(
        default=0, ge=0, lt=2**31, description="Seed of the clips, the noise and the resampling."
    )
    device: Device = Field(default="auto", description="auto takes the GPU if there is one.")

    @field_validator("weights")
    @classmethod
    def _in_order(cls, text: str) -> str:
        try:
            weights = {0.0, *(float(part) for part in text.split(","))}
        except ValueError:
            raise ValueError("give numbers separated by commas, such as 0,0.5,1") from None
        if not all(0 <= weight <= _STRONGEST for weight in weights):
            raise ValueError(f"weights lie between 0 and {_STRONGEST:g}")
        return ",".join(f"{weight:g}" for weight in sorted(weights))

    @model_validator(mode="after")
    def _enough_for_two_clips(self) -> Self:
        if self.pictures < 2 * self.per_clip:
            raise ValueError(
                f"pictures = {self.pictures} are not enough for two clips of "
                f"per_clip = {self.per_clip}"
            )
        return self

    @property
    def curve_weights(self) -> list[float]:
        """Ascending, from 0."""
        return [float(part) for part in self.weights.split(",")]

    @property
    def mixture(self) -> dict[Axis, float]:
        """The weights of the mixture by axis; empty when none was asked for."""
        given = dict(zip(AXES, (self.emo, self.con, self.cre), strict=True))
        return {axis: weight for axis, weight in given.items() if weight is not None}
