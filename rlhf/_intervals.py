"""How right, and how sure that is. Letters in shapes: b pairs."""

from __future__ import annotations

from dataclasses import dataclass

from rlhf._preference_loss import FloatArray, bootstrap_interval
from workbench.proportions import wilson_interval


@dataclass(frozen=True)
class Resampling:
    """How often clips are drawn again, and by which seed."""

    resamples: int
    seed: int


@dataclass(frozen=True)
class Accuracy:
    """Mean points of n pairs, with a 95 % interval."""

    n: int
    n_clips: int
    accuracy: float
    low: float
    high: float


def accuracy_of(points: FloatArray, clips: list[str], resampling: Resampling) -> Accuracy:
    """Mean of `points` (b,) in [0, 1], at least one, of the pairs of `clips`.

    The interval spans two. Resampling whole clips knows that pairs of one clip are kin; but a
    handful of clips hardly varies, and three right answers would look certain. Wilson's interval
    over the pairs knows how little a few of them can show.
    """
    mean = float(points.mean())
    low, high = bootstrap_interval(
        points, clips, resamples=resampling.resamples, seed=resampling.seed
    )
    wilson_low, wilson_high = wilson_interval(mean, len(points))
    return Accuracy(
        len(points), len(set(clips)), mean, min(low, wilson_low), max(high, wilson_high)
    )
