"""The measures of the testbed: arithmetic on arrays, no models and no files.

Letters in shapes: n pictures, b pairs, c clips, d embedding width. Intervals come from a bootstrap
that draws whole clips, because the pictures of one clip are kin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean or a ratio of means, with its 95 % interval and standard error over clips."""

    value: float
    low: float
    high: float
    error: float


@dataclass(frozen=True)
class Effect:
    """What an adapter did on one gold axis, on the same prompts and noise as the base."""

    gain: Estimate
    """Mean difference of gold utility, in sd of the base's pictures."""
    win_rate: Estimate
    """Share of pictures with the higher gold utility; equal ones count half."""


@dataclass(frozen=True)
class Diversity:
    """Mean cosine distances between pictures."""

    across: float
    """Between different prompts."""
    within: float | None
    """Between the pictures of one prompt; None with one picture each."""


class ClipBootstrap:
    """Resamples of clips, the same for every measure on the same rows.

    owners: (n,) the clip of each row, any hashable labels.
    """

    def __init__(self, owners: NDArray[np.generic], *, resamples: int, seed: int) -> None:
        if not len(owners):
            raise ValueError("there is nothing to resample: no rows")
        names, self._group = np.unique(owners, return_inverse=True)
        self._n_groups = len(names)
        share = np.full(self._n_groups, 1 / self._n_groups)
        rng = np.random.default_rng(seed)
        self._counts = rng.multinomial(self._n_groups, share, size=resamples)  # (r, c)

    def mean(self, values: Floats) -> Estimate:
        """Mean of values (n,)."""
        return self.ratio(values, np.ones(len(values)))

    def ratio(self, numerator: Floats, denominator: Floats) -> Estimate:
        """Sum of one over sum of the other, both (n,).

        A resample whose denominator is 0 has no ratio and is left out. Raises ValueError when the
        denominators are all 0.
        """
        if not denominator.any():
            raise ValueError("a ratio needs a denominator other than 0")
        above, below = self._sums(numerator), self._sums(denominator)
        resampled = self._counts @ above, self._counts @ below
        is_defined = resampled[1] != 0
        value = float(above.sum() / below.sum())
        ratios = resampled[0][is_defined] / resampled[1][is_defined]
        low, high = np.quantile(ratios if len(ratios) else [value], [0.025, 0.975])
        return Estimate(value, float(low), float(high), float(ratios.std()) if len(ratios) else 0.0)

    def _sums(self, values: Floats) -> Floats:
        return np.asarray(
            np.bincount(self._group, weights=values, minlength=self._n_groups), dtype=np.float64
        )


def win_points(after: Floats, before: Floats) -> Floats:
    """1 where `after` is higher, 0 where it is lower, 1/2 where both are equal."""
    return (np.sign(after - before) + 1) / 2


def effect(before: Floats, after: Floats, bootstrap: ClipBootstrap) -> Effect:
    """before, after: (n,) gold utilities of the same prompts and noise."""
    return Effect(
        gain=bootstrap.mean((after - before) / spread(before)),
        win_rate=bootstrap.mean(win_points(after, before)),
    )


def spread(values: Floats) -> float:
    """Standard deviation; 1 for values that are all equal, which have no scale of their own."""
    return float(values.std()) or 1.0


def order_points(margin: Floats, label: Floats) -> Floats:
    """Points (b,) for ordering pairs as the votes did: 1 right, 0 wrong, 1/2 where margin is 0.

    margin: score of image 0 less that of image 1. label: share of the votes for image 0, not 1/2.
    """
    return (np.sign(margin) * np.sign(label - 0.5) + 1) / 2


def diversity(rows: Floats) -> Diversity:
    """rows: (c, p, d) unit vectors, p pictures for each of c >= 2 prompts.

    Across prompts, pictures of the same number are compared.
    """
    pictures = rows.shape[1]
    across = [mean_distance(rows[:, number]) for number in range(pictures)]
    within = [mean_distance(own) for own in rows] if pictures > 1 else []
    return Diversity(float(np.mean(across)), float(np.mean(within)) if within else None)


def mean_distance(rows: Floats) -> float:
    """Mean of 1 - cosine over all pairs of m >= 2 different rows, (m, d) of unit length."""
    count = len(rows)
    total = float(np.square(rows.sum(axis=0)).sum()) - count  # Sum of the cosines off the diagonal.
    return 1.0 - total / (count * (count - 1))
