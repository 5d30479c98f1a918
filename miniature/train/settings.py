"""What the recipes can be told; the defaults made the shipped weights."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class RecipeSettings(BaseModel):
    """What every recipe can be told."""

    model_config = ConfigDict(frozen=True)

    seed: int = Field(0, ge=0, description="Decides world, initial weights and batches.")
    save_every: int = Field(200, ge=1, description="Steps between checkpoints.")
    threads: int = Field(
        1, ge=1, description="CPU threads; on a busy machine one is faster. Hashes depend on it."
    )


class PainterSettings(RecipeSettings):
    """Recipe of the miniature painter: autoencoder first, then text encoders and UNet together."""

    pictures: int = Field(
        20_000, ge=8, description="Drawn pictures to learn from; 20,000 take 250 MB and a minute."
    )
    vae_steps: int = Field(4_500, ge=1, description="Steps of the autoencoder.")
    vae_batch: int = Field(8, ge=1, description="Pictures per autoencoder step.")
    vae_learning_rate: float = Field(1e-3, gt=0, le=0.1, description="Peak rate, AdamW.")
    unet_steps: int = Field(9_000, ge=1, description="Steps of the UNet and text encoders.")
    unet_batch: int = Field(32, ge=1, description="Pictures per UNet step.")
    unet_learning_rate: float = Field(1e-3, gt=0, le=0.1, description="Peak rate, AdamW.")
    unet_width: int = Field(40, ge=16, multiple_of=8, description="Channels at full size.")
    prompt_dropout: float = Field(
        0.1, ge=0, le=1, description="Share of empty prompts, for classifier-free guidance."
    )
    ema_decay: float = Field(0.999, ge=0, lt=1, description="Average of the shipped weights.")
    held_out: int = Field(
        48, ge=8, multiple_of=8, description="Unseen points to paint and to measure on."
    )


class EmbedderSettings(RecipeSettings):
    """Recipe of the miniature ImageBind: three contrastive losses on triples of the world."""

    triples: int = Field(8_000, ge=8, description="Rendered triples to learn from.")
    steps: int = Field(2_500, ge=1, description="Steps of all towers together.")
    batch: int = Field(64, ge=2, description="Triples per step; the others are the negatives.")
    learning_rate: float = Field(1e-3, gt=0, le=0.1, description="Peak rate, AdamW.")
    width: int = Field(128, ge=32, multiple_of=32, description="Width of towers and of the space.")
    held_out: int = Field(
        400, ge=2, description="Unseen triples to measure recall on, among 100 at a time."
    )


class ClassifierSettings(RecipeSettings):
    """Recipe of the examiner and of the inspector, which differ in more than the name."""

    name: Literal["examiner", "inspector"] = Field(description="Which of the two to train.")
    pictures: int = Field(6_000, ge=8, description="Drawn pictures to learn from.")
    steps: int = Field(700, ge=1, description="Steps.")
    batch: int = Field(64, ge=4, description="Pictures per step.")
    nothing_share: float = Field(
        0.2, ge=0, le=0.5, description="Share of the batch that shows nothing."
    )
    learning_rate: float = Field(3e-3, gt=0, le=0.1, description="Peak rate, AdamW.")
    held_out: int = Field(400, ge=2, description="Unseen drawn pictures to measure on.")
