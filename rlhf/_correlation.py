"""Do two reward models want the same pictures? Rank correlation within clips.

Letters in shapes: n pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from rlhf._intervals import Resampling
from rlhf._preference_loss import FloatArray
from rlhf._rewards import Rewards

_FEWEST_PICTURES = 3


@dataclass(frozen=True)
class Correlation:
    """Spearman's rho with a 95 % interval over clips; None where nothing can be said."""

    n: int
    n_clips: int
    spearman: float | None = None
    low: float | None = None
    high: float | None = None


def correlation(ours: Rewards, theirs: Rewards, resampling: Resampling) -> Correlation:
    """Compare two rewards on the showings that both know, of clips with at least two pictures.

    Each clip's mean is taken off first: Eq. 9 compares pictures of one clip, so what a model adds
    to all of them means nothing, and refinement does not feel it either.
    """
    shared = sorted(ours.keys() & theirs.keys())
    clips = np.array([showing.clip_id for showing in shared], dtype=object)
    names, owner, counts = np.unique(clips, return_inverse=True, return_counts=True)
    kept = counts[owner] > 1 if len(shared) else np.zeros(0, dtype=bool)
    first, second = (
        _within(np.array([rewards[showing] for showing in shared]), owner)[kept]
        for rewards in (ours, theirs)
    )
    n_clips = int((counts > 1).sum())
    rho = spearman(first, second)
    if rho is None:
        return Correlation(int(kept.sum()), n_clips)
    rows = [np.flatnonzero(owner[kept] == number) for number in range(len(names))]
    low, high = _interval(first, second, [r for r in rows if len(r)], resampling)
    return Correlation(int(kept.sum()), n_clips, rho, low, high)


def spearman(first: FloatArray, second: FloatArray) -> float | None:
    """Correlation of the ranks of two rows (n,); None of too few numbers or of equal ones."""
    if len(first) < _FEWEST_PICTURES or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])


def _within(values: FloatArray, owner: NDArray[np.int64]) -> FloatArray:
    if not len(values):
        return values
    means = np.bincount(owner, weights=values) / np.bincount(owner)
    centred: FloatArray = values - means[owner]
    return centred


def _interval(
    first: FloatArray,
    second: FloatArray,
    rows: list[NDArray[np.int64]],
    resampling: Resampling,
) -> tuple[float, float]:
    """Quantiles over draws of whole clips; a draw without spread is left out."""
    rng = np.random.default_rng(resampling.seed)
    found = []
    for _ in range(resampling.resamples):
        drawn = np.concatenate([rows[number] for number in rng.integers(0, len(rows), len(rows))])
        rho = spearman(first[drawn], second[drawn])
        if rho is not None:
            found.append(rho)
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)
