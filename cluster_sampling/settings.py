"""What a user may choose about embedding and sampling."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class EmbedSettings(BaseModel):
    model_config = ConfigDict(frozen=True)

    profile: str | None = Field(
        default=None,
        description="Profile whose embedder is used; without it MUSEPAINTER_PROFILE, else mini.",
    )
    embedder: Path | None = Field(
        default=None, description="Folder of another embedder than the profile's."
    )
    device: str | None = Field(
        default=None,
        pattern=r"^(cpu|cuda(:\d+)?)$",
        description="cpu, cuda or cuda:N; without it cuda where the profile needs a GPU, else cpu.",
    )
    batch_size: int = Field(
        default=32,
        ge=1,
        le=4096,
        description="Files embedded at once; 32 fit any machine, more is faster on a GPU.",
    )
    skip_unreadable: bool = Field(
        default=False,
        description="Leave out files that cannot be read and list them in run.json, "
        "instead of stopping at the first one.",
    )


class SampleSettings(BaseModel):
    model_config = ConfigDict(frozen=True)

    k: int = Field(
        ge=2,
        le=100_000,
        description="Clusters of clips. The paper names no number; the square root of the number "
        "of clips is a fair start.",
    )
    per_clip: int = Field(
        default=1,
        ge=1,
        le=1000,
        description="Triplets for each clip, with different negatives. 1 as in the paper; more "
        "give more comparisons where clips are few.",
    )
    seed: int = Field(
        default=0, ge=0, le=2**31 - 1, description="Seed of the clusters and the negatives."
    )
    iterations: int = Field(
        default=25, ge=1, le=1000, description="Rounds of k-means; 25 is FAISS's own default."
    )
    restarts: int = Field(
        default=1, ge=1, le=100, description="Starts of k-means, of which the best is kept."
    )
