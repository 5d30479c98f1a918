"""What the report can be told."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from workbench.profiles import PROFILES

_MINI = PROFILES["mini"]


class ReportSettings(BaseModel):
    """Which weights are measured, and on how much."""

    model_config = ConfigDict(frozen=True)

    painter: Path = Field(Path(_MINI.painter), description="Folder of the painter's weights.")
    embedder: Path = Field(Path(_MINI.embedder), description="Folder of the embedder's weights.")
    pictures: int = Field(256, ge=8, description="Held-out prompts to paint.")
    triples: int = Field(400, ge=2, description="Held-out triples to find among 100 at a time.")
    steps: int = Field(20, ge=1, le=200, description="Denoising steps per picture.")
    guidance: float = Field(
        _MINI.guidance, ge=1, le=30, description="Scale of classifier-free guidance; 1 is without."
    )
    seed: int = Field(0, ge=0, description="Decides the held-out points, prompts and noise.")
    threads: int = Field(2, ge=1, description="CPU threads; the painting speed is that on them.")
