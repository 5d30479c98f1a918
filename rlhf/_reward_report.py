"""How good a reward model is, on each split, beside how good people are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from rlhf._features import Features
from rlhf._human_ceiling import human_ceiling
from rlhf._preference_loss import (
    FloatArray,
    Threshold,
    best_threshold,
    bootstrap_interval,
    bradley_terry_loss,
    order_points,
)
from rlhf.preferences import Preference, Preferences
from rlhf.reward_model import RewardModel
from rlhf.settings import RewardSettings
from workbench.axes import Axis
from workbench.snapshots import SPLITS, Split


@dataclass(frozen=True)
class SplitReport:
    """Measures on the pairs of one split; None where there is nothing to measure on."""

    n: int
    n_clips: int
    n_ties: int
    loss: float | None = None
    """Eq. 9 with soft labels and weights; log 2 = 0.693 is a coin."""
    accuracy: float | None = None
    """Points with ties: see `order_points`."""
    accuracy_low: float | None = None
    accuracy_high: float | None = None
    """95 % interval over clips."""
    accuracy_decided: float | None = None
    """Share of the pairs without a tie that are ordered rightly."""
    human_ceiling: float | None = None
    n_human: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class RewardReport:
    """A reward model measured on one snapshot."""

    axis: Axis
    snapshot_sha256: str
    reward_mean: float
    reward_sd: float
    tie_band: float
    """Win probabilities within 0.5 +- this count as "tie"; chosen on validation pairs."""
    splits: dict[Split, SplitReport]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def reward_report(
    model: RewardModel, features: Features, preferences: Preferences, settings: RewardSettings
) -> RewardReport:
    """Measure `model` on every split of `preferences`."""
    model.eval()
    pairs = preferences.pairs
    tuned = pairs["validation"] or pairs["train"]
    chosen, rejected = pair_rewards(model, features, tuned)
    threshold = best_threshold(_win_share(chosen, rejected), _labels(tuned))
    judgements = preferences.snapshot.judgements().to_pylist()
    return RewardReport(
        axis=preferences.axis,
        snapshot_sha256=preferences.snapshot.sha256,
        reward_mean=model.config.reward_mean,
        reward_sd=model.config.reward_sd,
        tie_band=threshold.band,
        splits={
            split: _split_report(
                model, features, pairs[split], judgements, preferences.axis, threshold, settings
            )
            for split in SPLITS
        },
    )


def _split_report(
    model: RewardModel,
    features: Features,
    pairs: list[Preference],
    judgements: list[dict[str, Any]],
    axis: Axis,
    threshold: Threshold,
    settings: RewardSettings,
) -> SplitReport:
    clips = {pair.clip_id for pair in pairs}
    if not pairs:
        return SplitReport(n=0, n_clips=0, n_ties=0)
    chosen, rejected = pair_rewards(model, features, pairs)
    probability, label = _win_share(chosen, rejected), _labels(pairs)
    weight = torch.tensor([pair.weight for pair in pairs])
    points = order_points(probability, label, threshold)
    owners = [pair.clip_id for pair in pairs]
    low, high = bootstrap_interval(points, owners, resamples=settings.resamples, seed=settings.seed)
    decided = label > 0.5 + 1e-6
    ceiling = human_ceiling(judgements, axis, clips)
    return SplitReport(
        n=len(pairs),
        n_clips=len(clips),
        n_ties=int((~decided).sum()),
        loss=bradley_terry_loss(chosen, rejected, torch.tensor(label).float(), weight).item(),
        accuracy=float(points.mean()),
        accuracy_low=low,
        accuracy_high=high,
        accuracy_decided=float((probability[decided] > 0.5).mean()) if decided.any() else None,
        human_ceiling=ceiling.accuracy,
        n_human=ceiling.n,
    )


@torch.no_grad()
def pair_rewards(
    model: RewardModel, features: Features, pairs: list[Preference]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Raw rewards of the chosen and of the rejected pictures, each (b,)."""
    clips = features.clips.rows(torch.tensor([features.clip_rows[pair.clip_id] for pair in pairs]))
    chosen = torch.tensor([features.image_rows[pair.chosen] for pair in pairs])
    rejected = torch.tensor([features.image_rows[pair.rejected] for pair in pairs])
    rewards = model(
        image=features.images[torch.cat([chosen, rejected])],
        **clips.rows(torch.arange(len(pairs)).repeat(2))._asdict(),
    ).logits.squeeze(-1)
    return rewards[: len(pairs)], rewards[len(pairs) :]


def _win_share(chosen: torch.Tensor, rejected: torch.Tensor) -> FloatArray:
    """Predicted share of the votes for the chosen picture, (b,) float64."""
    return torch.sigmoid(chosen - rejected).double().numpy()


def _labels(pairs: list[Preference]) -> FloatArray:
    return np.array([pair.label for pair in pairs])
