"""What the testbed can be told: sizes, people, ablations."""

from __future__ import annotations

import os
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rlhf.refine_settings import Adapted, ObjectiveName, RefineSettings, Targets
from rlhf.reward_settings import RewardSettings
from workbench.axes import AXES, Axis

# Gold of these depends on the clip; u_cre is the same for all, and shuffling clips changes nothing.
CLIP_AXES: tuple[Axis, ...] = ("emo", "con")


class LoopSettings(BaseModel):
    """Sizes and ablations of one run; the defaults take under an hour on two CPU cores."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(
        default=0, ge=0, lt=2**31, description="Decides clips, pictures, people and training."
    )
    rounds: int = Field(default=2, ge=1, le=20, description="How often round the circle.")
    clips: int = Field(
        default=300, ge=8, le=100_000, description="Clips to learn on; 30 % are held out of it."
    )
    candidates_per_clip: int = Field(
        default=4, ge=1, le=64, description="Pictures painted for each clip in each round."
    )
    comparisons: int = Field(
        default=2_000, ge=3, le=1_000_000, description="Comparisons judged in each round."
    )
    votes_per_comparison: int = Field(
        default=3, ge=1, le=100, description="People who judge each comparison on each axis."
    )
    annotators: int = Field(default=14, ge=1, le=10_000, description="Simulated people in all.")
    careless: float = Field(
        default=0.15, ge=0, le=1, description="Share of the people who often answer at random."
    )
    adversaries: int = Field(
        default=1, ge=0, le=10_000, description="People who turn every answer round."
    )
    weighting: Literal["on", "off"] = Field(
        default="on",
        description="on: votes count by the reliability estimated from the votes; off: all alike.",
    )
    pairs: Literal["triplets", "random"] = Field(
        default="triplets",
        description="Comparisons by the triplet rule, or random pairs of pictures for each clip.",
    )
    reward: Literal["axes", "fused"] = Field(
        default="axes",
        description="One reward and adapter per axis, or one of each from all axes' votes pooled.",
    )
    l_pre: bool = Field(default=True, description="Keep adapters close to the base by L_pre.")
    controls: bool = Field(
        default=True, description="Refine once more with the clips' music and text permuted."
    )
    clusters: int | None = Field(
        default=None,
        ge=2,
        le=100_000,
        description="Clusters of clips; left out, the square root of the number of clips.",
    )
    reward_hidden: int = Field(default=64, ge=4, le=4096, description="Hidden units of a head.")
    reward_heads: int = Field(default=6, ge=1, le=64, description="Heads of a reward model.")
    judges: int = Field(
        default=2, ge=0, le=63, description="Heads that watch and are never asked for rewards."
    )
    reward_epochs: int = Field(default=60, ge=1, le=10_000, description="Most passes over pairs.")
    views: int = Field(
        default=0, ge=0, le=64, description="Changed copies of pictures that rewards learn on."
    )
    objective: ObjectiveName = Field(
        default="draft",
        description=(
            "What teaches adapters. The reward's gradient through the whole rollout moves tone and "
            "scene; through one late step it moves little but texture."
        ),
    )
    draft_steps: int = Field(
        default=12, ge=1, le=12, description="Steps of the rollout with a gradient, for draft."
    )
    adapted: Adapted = Field(
        default="attention", description="Weights of the UNet that adapters change."
    )
    adapt_text_encoders: bool = Field(
        default=True,
        description=(
            "Adapters change the text encoders too: what a word means is learned there, and "
            "pictures stay those of a painter who was told something else."
        ),
    )
    refine_steps: int = Field(default=60, ge=1, le=100_000, description="Steps per adapter.")
    refine_batch: int = Field(default=8, ge=1, le=1024, description="Pictures rewarded per step.")
    refine_views: int = Field(
        default=4, ge=0, le=64, description="Changed copies over which rewards are averaged."
    )
    pretrain_batch: int = Field(default=8, ge=1, le=1024, description="Pictures of L_pre per step.")
    pretraining_pictures: int = Field(
        default=96, ge=1, le=65_536, description="Pictures of its own that the painter stays near."
    )
    refine_rate: float = Field(default=1e-3, gt=0, le=1, description="AdamW's rate for adapters.")
    refine_rank: int = Field(default=8, ge=1, le=1024, description="Rank of the adapters.")
    gradient_ratio: float = Field(
        default=4.0, gt=0, le=1000, description="|lambda grad L_RLHF| over |grad L_pre| at start."
    )
    margin_sd: float = Field(
        default=1.0, ge=-100, le=100, description="Rewards above it push no more, in sd."
    )
    specificity: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description=(
            "Share of what a picture would earn with other clips that is taken off its reward, on "
            "the axes that are about the clip: emo and con."
        ),
    )
    guards: bool = Field(
        default=True,
        description=(
            "Let the other axes' reward models hold pictures back from becoming worse there than "
            "the base's; a fused reward has no others."
        ),
    )
    guard_weight: float = Field(
        default=1.0, ge=0, le=1000, description="What a fall of 1 sd on another axis costs, in sd."
    )
    guard_weight_cre: float = Field(
        default=2.0,
        ge=0,
        le=1000,
        description="The same for cre, which moves all pictures one way, whatever their clip.",
    )
    painting_guidance: float = Field(
        default=1.0, ge=1, le=30, description="Guidance in training rollouts; 1 is none."
    )
    ema_decay: float = Field(default=0.0, ge=0, lt=1, description="Of the averaged adapter.")
    caution: float = Field(
        default=0.0, ge=0, le=100, description="Sd between heads that are taken off rewards."
    )
    watch_every: int = Field(
        default=20,
        ge=0,
        le=100_000,
        description="Steps between looks of the judges, who stop and roll back; 0: no watch.",
    )
    evaluation_clips: int = Field(
        default=100, ge=2, le=100_000, description="Clips of another world to measure on."
    )
    evaluation_pictures: int = Field(
        default=2, ge=1, le=64, description="Pictures for each of them, by each painter."
    )
    curve_every: int = Field(
        default=20, ge=0, le=100_000, description="Steps between points of the curve; 0: no curve."
    )
    curve_clips: int = Field(
        default=50, ge=2, le=100_000, description="Evaluation clips painted for each point."
    )
    resamples: int = Field(
        default=2_000, ge=10, le=100_000, description="Bootstrap resamples of clips for intervals."
    )
    paint_batch: int = Field(default=16, ge=1, le=256, description="Pictures painted at once.")
    threads: int = Field(
        default=2, ge=1, le=256, description="CPU threads of the model library, all lanes together."
    )
    lanes: int | None = Field(
        default=None,
        ge=1,
        le=16,
        description=(
            "Processes that paint and train side by side, each with its share of the threads; left "
            "out, 2 on a machine of two or more cores, else 1."
        ),
    )

    @model_validator(mode="after")
    def _has_judges_to_watch(self) -> Self:
        if self.watch_every and not self.judges:
            raise ValueError(
                f"watch_every = {self.watch_every} needs judges to watch; give at least 1 of them, "
                "or watch_every = 0"
            )
        return self

    @property
    def lane_count(self) -> int:
        return self.lanes or min(2, os.cpu_count() or 1)

    @property
    def lane_threads(self) -> int:
        """CPU threads of each lane."""
        return max(1, self.threads // self.lane_count)

    def reward_settings(self, axis: Axis) -> RewardSettings:
        return RewardSettings(
            axis=axis,
            seed=self.seed,
            hidden=self.reward_hidden,
            heads=self.reward_heads,
            judges=self.judges,
            epochs=self.reward_epochs,
            views=self.views,
        )

    def refine_settings(self, axis: Axis, targets: Targets) -> RefineSettings:
        """Only of those that aim at their own clips, adapters on the way are kept."""
        return RefineSettings(
            axis=axis,
            seed=self.seed,
            steps=self.refine_steps,
            objective=self.objective,
            draft_steps=self.draft_steps,
            adapted=self.adapted,
            adapt_text_encoders=self.adapt_text_encoders,
            batch_size=self.refine_batch,
            pretrain_batch_size=self.pretrain_batch,
            pretraining_pictures=self.pretraining_pictures,
            pretraining_weight=1.0 if self.l_pre else 0.0,
            learning_rate=self.refine_rate,
            rank=self.refine_rank,
            gradient_ratio=self.gradient_ratio,
            margin_sd=self.margin_sd,
            reward_views=self.refine_views,
            specificity=self.specificity if axis in CLIP_AXES and self.reward == "axes" else 0.0,
            guard_weight=self.guard_weight_cre if axis == "cre" else self.guard_weight,
            painting_guidance=self.painting_guidance,
            ema_decay=self.ema_decay,
            checkpoint_every=25,
            adapter_every=self.curve_every if targets == "own" else 0,
            targets=targets,
            caution=self.caution,
            watch_every=self.watch_every,
        )

    def lessons(self) -> dict[str, Axis]:
        """What is learned, by name, with the axis under which its files go.

        The fused reward is of no axis; its votes and adapter travel as those of the first.
        """
        return {FUSED: AXES[0]} if self.reward == "fused" else {axis: axis for axis in AXES}


FUSED = "fused"

QUICK: dict[str, Any] = {
    "rounds": 1,
    "clips": 100,
    "candidates_per_clip": 3,
    "comparisons": 600,
    "evaluation_clips": 40,
    "refine_steps": 40,
    "watch_every": 10,
    "pretraining_pictures": 48,
    "curve_every": 20,
    "curve_clips": 20,
}
"""Settings of a run of at most ten minutes on two CPU cores."""


def quick(settings: LoopSettings) -> LoopSettings:
    """The quick sizes, except for what was set explicitly."""
    return LoopSettings.model_validate(QUICK | settings.model_dump(exclude_unset=True))
