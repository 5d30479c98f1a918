"""How good rewards are: on each split, beside people, and where they are right.

`measured` takes rewards from anything that gives them; `reward_report` adds what is said of a
trained model alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlhf._breakdown import Breakdown, broken_down
from rlhf._calibration import Calibration, calibrated, soft_label_loss
from rlhf._correlation import Correlation, correlation
from rlhf._features import Features, encode_preferences
from rlhf._fitness import Fitness, judge_fitness
from rlhf._human_ceiling import Ceiling, human_ceiling
from rlhf._intervals import Accuracy, Resampling, accuracy_of
from rlhf._preference_loss import FloatArray, best_threshold, order_points
from rlhf._rewards import Rewards, ScoredPairs, model_rewards, scored_pairs, showings_of
from rlhf.preferences import Preferences
from rlhf.reward_model import RewardModel
from rlhf.reward_settings import RewardSettings
from workbench.axes import Axis
from workbench.snapshots import SPLITS, Split

_TIE = 1e-6


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
    """95 % interval: see `accuracy_of`."""
    decided: Accuracy | None = None
    """Share of the pairs without a tie that are ordered rightly; equal rewards are half right."""
    human_ceiling: float | None = None
    n_human: int = 0


@dataclass(frozen=True)
class Measures:
    """Any rewards measured on the pairs of one axis of a snapshot."""

    axis: Axis
    snapshot_sha256: str
    tie_margin: float
    """Rewards that differ by no more than this are a "tie"; chosen on validation pairs."""
    splits: dict[Split, SplitReport]
    calibration: Calibration | None
    """None without validation pairs to fit it on."""
    breakdown: Breakdown
    """Of the test pairs."""

    def as_dict(self) -> dict[str, Any]:
        """With the groups of the breakdown beside the other measures."""
        own = asdict(self)
        del own["breakdown"]
        return own | asdict(self.breakdown)


@dataclass(frozen=True)
class RewardReport:
    """A trained reward model measured on its snapshot."""

    measures: Measures
    reward_mean: float
    reward_sd: float
    fitness: Fitness
    beside: dict[Axis, Correlation]
    """With the reward models of other axes that were given, by axis, on held-out pictures."""

    @property
    def axis(self) -> Axis:
        return self.measures.axis

    @property
    def splits(self) -> dict[Split, SplitReport]:
        return self.measures.splits

    def as_dict(self) -> dict[str, Any]:
        """What metrics.json holds."""
        own = asdict(self)
        del own["measures"]
        return self.measures.as_dict() | own


def reward_report(
    model: RewardModel,
    features: Features,
    preferences: Preferences,
    settings: RewardSettings,
    siblings: Mapping[Axis, RewardModel] | None = None,
) -> RewardReport:
    """Measure `model` on every split of `preferences`, beside models of other axes."""
    model.eval()
    showings = showings_of(pair for pairs in preferences.pairs.values() for pair in pairs)
    rewards = model_rewards(model, features, showings)
    resampling = Resampling(settings.resamples, settings.seed)
    found = measured(rewards, preferences, resampling)
    beside = {
        axis: correlation(
            held_out(rewards, preferences),
            model_rewards(sibling, _features_for(sibling, model, features, preferences), showings),
            resampling,
        )
        for axis, sibling in (siblings or {}).items()
    }
    return RewardReport(
        measures=found,
        reward_mean=model.config.reward_mean,
        reward_sd=model.config.reward_sd,
        fitness=judge_fitness(found.splits["test"].decided, beside),
        beside=beside,
    )


def _features_for(
    sibling: RewardModel, model: RewardModel, features: Features, preferences: Preferences
) -> Features:
    """`features` are of `model`; a sibling that sees by other towers looks for itself."""
    sees_alike = sibling.config.sees_as(model.config)
    seen = features if sees_alike else encode_preferences(sibling.embedder, preferences)
    sibling.cpu()  # Where features are.
    return seen


def measured(rewards: Rewards, preferences: Preferences, resampling: Resampling) -> Measures:
    """Measure `rewards`, which know every picture of the pairs, on every split."""
    axis, snapshot = preferences.axis, preferences.snapshot
    scored = {split: scored_pairs(rewards, preferences.pairs[split]) for split in SPLITS}
    calibration = None
    if preferences.pairs["validation"]:
        calibration = calibrated(scored["validation"], scored["test"])
    tuned = scored["validation"] if calibration else scored["train"]
    # Relative to how far this scorer's rewards lie apart, so that one search suits all of them.
    scale = float(np.sqrt(np.square(tuned.margin).mean())) or 1.0
    threshold = best_threshold(tuned.win_share(scale), tuned.label)
    points = {
        split: order_points(pairs.win_share(scale), pairs.label, threshold)
        for split, pairs in scored.items()
    }
    judgements = snapshot.judgements().to_pylist()
    reports = {
        split: _split_report(
            pairs, points[split], human_ceiling(judgements, axis, set(pairs.clips)), resampling
        )
        for split, pairs in scored.items()
    }
    breakdown = broken_down(preferences.pairs["test"], points["test"], snapshot, axis, resampling)
    return Measures(
        axis=axis,
        snapshot_sha256=snapshot.sha256,
        tie_margin=2 * scale * float(np.arctanh(2 * threshold.band)),
        splits=reports,
        calibration=calibration,
        breakdown=breakdown,
    )


def held_out(rewards: Rewards, preferences: Preferences) -> Rewards:
    """The rewards of validation and test pictures; of all where nothing is held out."""
    pairs = [*preferences.pairs["validation"], *preferences.pairs["test"]]
    return {showing: rewards[showing] for showing in showings_of(pairs)} if pairs else rewards


def _split_report(
    pairs: ScoredPairs, points: FloatArray, ceiling: Ceiling, resampling: Resampling
) -> SplitReport:
    if not pairs.clips:
        return SplitReport(n=0, n_clips=0, n_ties=0)
    whole = accuracy_of(points, pairs.clips, resampling)
    decided = pairs.label > 0.5 + _TIE
    return SplitReport(
        n=whole.n,
        n_clips=whole.n_clips,
        n_ties=int((~decided).sum()),
        loss=soft_label_loss(pairs, 1.0),
        accuracy=whole.accuracy,
        accuracy_low=whole.low,
        accuracy_high=whole.high,
        decided=_decided_accuracy(pairs, decided, resampling),
        human_ceiling=ceiling.accuracy,
        n_human=ceiling.n,
    )


def _decided_accuracy(
    pairs: ScoredPairs, decided: NDArray[np.bool_], resampling: Resampling
) -> Accuracy | None:
    if not decided.any():
        return None
    clips = [clip for clip, kept in zip(pairs.clips, decided, strict=True) if kept]
    return accuracy_of((np.sign(pairs.margin[decided]) + 1) / 2, clips, resampling)
