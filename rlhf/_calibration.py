"""Does a reward model win as often as it says? One temperature, and the error before and after it.

Letters in shapes: b pairs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from rlhf._preference_loss import FloatArray
from rlhf._rewards import ScoredPairs

BIN_COUNT = 10
"""Bins of equal width over confidences from 0.5 to 1."""

# From rewards a thousand times too timid to a thousand times too bold; beyond, nothing was learned.
_LOG_BOUNDS = (float(np.log(1e-3)), float(np.log(1e3)))


@dataclass(frozen=True)
class Bin:
    """Pairs on which the model is about equally sure."""

    n: int
    confidence: float
    """Mean predicted share of the votes for the picture that the model prefers."""
    agreement: float
    """Mean share of the votes that the picture got."""


@dataclass(frozen=True)
class Calibration:
    """The temperature T that makes sigma((r_a - r_b) / T) a share of votes, and what it changes.

    Fitted on the validation pairs; errors are of the test pairs, None where there are none.
    """

    temperature: float
    at_bound: bool
    """The validation pairs are all ordered rightly or tell nothing: the fit has no end."""
    n_fitted: int
    n: int
    ece_before: float | None
    ece_after: float | None
    loss_before: float | None
    """Eq. 9 with soft labels at T = 1, and at the fitted T below."""
    loss_after: float | None
    bins_before: dict[str, Bin]
    """By the range of confidence; bins without a pair are left out."""
    bins_after: dict[str, Bin]


def calibrated(fitted: ScoredPairs, test: ScoredPairs) -> Calibration:
    """Fit a temperature on the pairs `fitted` (at least one) and measure it on `test`."""
    temperature = fit_temperature(fitted)
    log_t, (least, most) = np.log(temperature), _LOG_BOUNDS
    before, after = calibration_bins(test, 1.0), calibration_bins(test, temperature)
    has_test = len(test.label) > 0
    return Calibration(
        temperature=temperature,
        at_bound=bool(min(log_t - least, most - log_t) < 0.01),
        n_fitted=len(fitted.label),
        n=len(test.label),
        ece_before=calibration_error(before.values()) if has_test else None,
        ece_after=calibration_error(after.values()) if has_test else None,
        loss_before=soft_label_loss(test, 1.0) if has_test else None,
        loss_after=soft_label_loss(test, temperature) if has_test else None,
        bins_before=before,
        bins_after=after,
    )


def fit_temperature(pairs: ScoredPairs) -> float:
    """The T of least loss on `pairs` (Guo et al. 2017, section 4.2, with soft labels).

    Equal rewards everywhere fit any T; 1 is kept then.
    """
    if not pairs.margin.any():
        return 1.0
    found = minimize_scalar(
        lambda log_t: soft_label_loss(pairs, float(np.exp(log_t))),
        bounds=_LOG_BOUNDS,
        method="bounded",
        options={"xatol": 1e-4},
    )
    return float(np.exp(found.x))


def soft_label_loss(pairs: ScoredPairs, temperature: float) -> float:
    """Eq. 9 with soft labels and weights, of rewards divided by `temperature`."""
    margin = pairs.margin / temperature
    disagreement = np.logaddexp(0, -margin) + (1 - pairs.label) * margin
    return float((pairs.weight * disagreement).mean())


def calibration_bins(pairs: ScoredPairs, temperature: float) -> dict[str, Bin]:
    """Pairs by confidence in BIN_COUNT equal bins over [0.5, 1]; the last one is closed."""
    confidence, agreement = _sides(pairs, temperature)
    place = np.minimum((confidence - 0.5) * 2 * BIN_COUNT, BIN_COUNT - 1).astype(int)
    bins = {}
    for number in range(BIN_COUNT):
        inside = place == number
        if inside.any():
            low, high = (0.5 + edge / (2 * BIN_COUNT) for edge in (number, number + 1))
            bins[f"{low:.2f}-{high:.2f}"] = Bin(
                n=int(inside.sum()),
                confidence=float(confidence[inside].mean()),
                agreement=float(agreement[inside].mean()),
            )
    return bins


def calibration_error(bins: Iterable[Bin]) -> float:
    """ECE (Guo et al. 2017, eq. 3): the mean gap |confidence - agreement|, weighted by pairs."""
    bins = list(bins)
    return sum(b.n * abs(b.confidence - b.agreement) for b in bins) / sum(b.n for b in bins)


def _sides(pairs: ScoredPairs, temperature: float) -> tuple[FloatArray, FloatArray]:
    """Of the picture that the model prefers: predicted and voted share, each (b,).

    Without a preference, half of the votes are on its side whatever they were.
    """
    share = pairs.win_share(temperature)
    voted = np.where(share > 0.5, pairs.label, 1 - pairs.label)
    return np.maximum(share, 1 - share), np.where(pairs.margin == 0, 0.5, voted)
