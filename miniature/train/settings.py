"""What the recipes can be told; the defaults made the shipped weights."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PainterSettings(BaseModel):
    """Recipe of the miniature painter: autoencoder first, then text encoders and UNet together."""

    model_config = ConfigDict(frozen=True)

    seed: int = Field(0, ge=0, description="Decides world, initial weights and batches.")
    pictures: int = Field(
        20_000, ge=8, description="Drawn pictures to learn from; 20,000 take 250 MB and a minute."
    )
    vae_steps: int = Field(3_200, ge=1, description="Steps of the autoencoder.")
    vae_batch: int = Field(8, ge=1, description="Pictures per autoencoder step.")
    vae_learning_rate: float = Field(2e-3, gt=0, le=0.1, description="Peak rate, AdamW.")
    unet_steps: int = Field(3_200, ge=1, description="Steps of the UNet and text encoders.")
    unet_batch: int = Field(32, ge=1, description="Pictures per UNet step.")
    unet_learning_rate: float = Field(1e-3, gt=0, le=0.1, description="Peak rate, AdamW.")
    unet_width: int = Field(64, ge=16, multiple_of=16, description="Channels at full size.")
    prompt_dropout: float = Field(
        0.1, ge=0, le=1, description="Share of empty prompts, for classifier-free guidance."
    )
    ema_decay: float = Field(0.999, ge=0, lt=1, description="Average of the shipped weights.")
    held_out: int = Field(
        48, ge=8, multiple_of=8, description="Unseen points to paint and to measure on."
    )
    save_every: int = Field(200, ge=1, description="Steps between checkpoints.")
    threads: int = Field(
        2, ge=1, description="CPU threads; on a busy machine one is faster. Hashes depend on it."
    )


class EmbedderSettings(BaseModel):
    """Recipe of the miniature ImageBind: three contrastive losses on triples of the world."""

    model_config = ConfigDict(frozen=True)

    seed: int = Field(0, ge=0, description="Decides world, initial weights and batches.")
    triples: int = Field(5_000, ge=8, description="Rendered triples to learn from.")
    steps: int = Field(800, ge=1, description="Steps of all towers together.")
    batch: int = Field(64, ge=2, description="Triples per step; the others are the negatives.")
    learning_rate: float = Field(1e-3, gt=0, le=0.1, description="Peak rate, AdamW.")
    width: int = Field(128, ge=32, multiple_of=32, description="Width of towers and of the space.")
    held_out: int = Field(
        400, ge=2, description="Unseen triples to measure recall on, among 100 at a time."
    )
    save_every: int = Field(200, ge=1, description="Steps between checkpoints.")
    threads: int = Field(
        1, ge=1, description="CPU threads; on a busy machine one is faster. Hashes depend on it."
    )
