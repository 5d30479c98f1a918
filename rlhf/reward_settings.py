"""Settings of a reward model: what a command, a form and a saved run agree on."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rlhf.devices import Device
from workbench.axes import Axis

Hearing = Literal["both", "music", "text"]
Reads = Literal["embedding", "levels", "all"]
Unfrozen = Literal["none", "lora", "last"]
Learns = Literal["both", "image", "text"]
Precision = Literal["fp32", "bf16"]


class RewardSettings(BaseModel):
    """How one reward model is trained (Eq. 9)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    axis: Axis = Field(description="Axis whose judgements are learned: emo, con or cre.")
    seed: int = Field(default=0, ge=0, lt=2**31, description="Seed of weights, order, dropout.")
    hears: Hearing = Field(
        default="both",
        description="What stands for the clip: both its music and its text, or only one of them.",
    )
    reads: Reads = Field(
        default="all",
        description=(
            "What of the picture is read: embedding = only what pictures share with music and "
            "words; levels = what the image tower sees on its way as well, which holds more of "
            "tone, detail and composition; all = these and plain statistics of tone, colour and "
            "detail by place, which nobody had to learn."
        ),
    )
    backbone: str | None = Field(
        default=None,
        description=(
            "Folder of a CLIPModel (CLIP, CLIP-H, PickScore) that reads pictures and texts in "
            "place of the profile's embedder, which hears the music either way. Left out: the "
            "embedder does all."
        ),
    )
    unfrozen: Unfrozen = Field(
        default="none",
        description=(
            "What of the backbone learns besides the heads: none = nothing, so that features are "
            "computed once; lora = adapters of low rank; last = the last blocks. The latter two "
            "encode the pictures in each step."
        ),
    )
    learns: Learns = Field(
        default="both",
        description="Which towers of the backbone learn, if any: for pictures, text, or both.",
    )
    lora_rank: int = Field(default=16, ge=1, le=1024, description="Rank of LoRA in attention.")
    last_blocks: int = Field(
        default=2, ge=1, le=1000, description="Blocks of each tower that learn with last."
    )
    tower_learning_rate: float = Field(
        default=1e-4,
        gt=0,
        le=1,
        description="Peak rate of what learns of the backbone; about 1e-5 suits last.",
    )
    precision: Precision = Field(
        default="fp32",
        description="In what the backbone computes; heads and loss are fp32. bf16 suits a GPU.",
    )
    saves_memory: bool = Field(
        default=False,
        description="Recompute the activations of a learning backbone instead of keeping them.",
    )
    heads: int = Field(
        default=6,
        ge=1,
        le=64,
        description="Heads of the ensemble, each with weights of its own.",
    )
    judges: int = Field(
        default=2,
        ge=0,
        le=63,
        description=(
            "How many of the heads are never asked for rewards, and watch over refinement instead."
        ),
    )
    left_out_share: float = Field(
        default=0.0,
        ge=0,
        le=0.9,
        description=(
            "Share of the training clips that each head leaves out, another for each, so that "
            "heads differ by more than their seeds. Where clips are few it costs accuracy."
        ),
    )
    hidden: int = Field(
        default=64,
        ge=4,
        le=4096,
        description="Hidden units of a head for the clip, and as many for the picture.",
    )
    rank: int = Field(
        default=16, ge=1, le=4096, description="Rank of the product of clip and picture."
    )
    dropout: float = Field(
        default=0.3, ge=0, le=0.9, description="Share of hidden units dropped while training."
    )
    input_dropout: float = Field(
        default=0.5,
        ge=0,
        le=0.9,
        description="Share of feature columns dropped while training, so that none is relied on.",
    )
    missing_share: float = Field(
        default=0.05,
        ge=0,
        le=0.9,
        description=(
            "Share of pairs whose music, and as many whose text, is hidden while training, so that "
            "the model can also judge a clip that lacks one of them."
        ),
    )
    views: int = Field(
        default=0,
        ge=0,
        le=64,
        description=(
            "Slightly moved and grainy copies of each picture to learn on besides the picture "
            "itself, so that the reward does not hang on exact pixels. Four changed nothing "
            "measurable in the miniature world."
        ),
    )
    epochs: int = Field(
        default=60, ge=1, le=10_000, description="Most passes over the training pairs."
    )
    batch_size: int = Field(
        default=64,
        ge=1,
        le=65_536,
        description="Pairs per optimizer step, in all processes.",
    )
    learning_rate: float = Field(
        default=2e-3,
        gt=0,
        le=1,
        description="Peak rate of AdamW. Only the small heads learn, so it may be high.",
    )
    weight_decay: float = Field(
        default=0.1, ge=0, le=10, description="AdamW's decay; strong, because judgements are few."
    )
    warmup_share: float = Field(
        default=0.1, ge=0, le=1, description="Share of the steps over which the rate rises."
    )
    centring: float = Field(
        default=0.01, ge=0, le=10, description="Weight of the term that keeps rewards around 0."
    )
    evaluations: int = Field(
        default=20, ge=1, le=1000, description="How often the validation pairs are scored."
    )
    patience: int = Field(
        default=6,
        ge=1,
        le=1000,
        description="Evaluations without a better validation loss before training stops.",
    )
    resamples: int = Field(
        default=1000, ge=10, le=100_000, description="Bootstrap resamples of clips for the CI."
    )
    device: Device = Field(
        default="auto", description="auto takes a GPU where there is one; cuda insists on it."
    )

    @model_validator(mode="after")
    def _has_features_to_view(self) -> Self:
        if self.views and self.unfrozen != "none":
            raise ValueError(
                f"views = {self.views} are of features that are computed once, which a backbone "
                f"that learns ({self.unfrozen}) has not; set views to 0 or unfrozen to none"
            )
        return self

    @model_validator(mode="after")
    def _leaves_a_head(self) -> Self:
        if self.judges >= self.heads:
            raise ValueError(
                f"judges = {self.judges} of heads = {self.heads} leave none to ask for rewards; "
                "ask for fewer judges or more heads"
            )
        return self
