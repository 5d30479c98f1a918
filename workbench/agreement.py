"""How far people agree with each other: Krippendorff's alpha for nominal answers.

Letters in shapes: u kinds of unit, k answers. A unit is one thing that several people judged, a
comparison on one axis; units with the same counts are one row, with how often it occurs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Agreement:
    units: int
    """How many units have at least two answers; the others say nothing about agreement."""
    observed: float
    """Share of pairs of answers about one unit that are equal."""
    alpha: float | None
    """1: always alike, 0: as by chance; None when all answers are alike, where it has no value."""


class Interval(NamedTuple):
    low: float
    high: float


def nominal_agreement(counts: Ints, times: Ints) -> Agreement | None:
    """counts: (u, k) how often each answer was given; times: (u,) how often such a unit occurs.

    None where no unit has two answers.
    """
    counts, times = _paired(counts, times)
    if not times.sum():
        return None
    given = counts.sum(axis=1)
    pairs = float((times * given * (given - 1)).sum())
    differing = float((times * _differing_pairs(counts)).sum())
    alpha = _alphas(counts, times[None].astype(np.float64))[0]
    return Agreement(
        units=int(times.sum()),
        observed=1 - differing / pairs,
        alpha=None if np.isnan(alpha) else float(alpha),
    )


def alpha_interval(counts: Ints, times: Ints, *, resamples: int, seed: int) -> Interval | None:
    """The 95 % percentile interval of alpha, from a bootstrap that draws whole units.

    Drawing units is drawing their kinds as often as they occur, so a resample costs no more with
    a million units than with ten. None where alpha has no value.
    """
    counts, times = _paired(counts, times)
    n_units = int(times.sum())
    if not n_units:
        return None
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n_units, times / n_units, size=resamples).astype(np.float64)
    alphas = _alphas(counts, drawn)
    alphas = alphas[~np.isnan(alphas)]
    if not len(alphas):
        return None
    low, high = np.quantile(alphas, [0.025, 0.975])
    return Interval(float(low), float(high))


def _paired(counts: Ints, times: Ints) -> tuple[Ints, Ints]:
    """Only units with two answers or more."""
    if not len(times):
        return np.zeros((0, 1), np.int64), np.zeros(0, np.int64)
    is_paired = counts.sum(axis=1) >= 2
    return counts[is_paired], times[is_paired]


def _alphas(counts: Ints, times: Floats) -> Floats:
    """Alpha for each row of times, (r, u); NaN where all answers are alike.

    Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C.
    """
    given = counts.sum(axis=1)
    totals = times @ counts  # (r, k)
    n = totals.sum(axis=1)
    disagreeing = times @ (_differing_pairs(counts) / (given - 1)) / n
    expected = (n**2 - (totals**2).sum(axis=1)) / (n * (n - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - disagreeing / expected, np.nan)


def _differing_pairs(counts: Ints) -> Ints:
    """Ordered pairs of different answers in each unit, (u,)."""
    return np.asarray(counts.sum(axis=1) ** 2 - (counts**2).sum(axis=1), dtype=np.int64)
