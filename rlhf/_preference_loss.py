"""Eq. 9 and how well a reward model orders pairs: arithmetic alone, no models and no files.

Letters in shapes: b pairs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

FloatArray = NDArray[np.float64]


def bradley_terry_loss(chosen: Tensor, rejected: Tensor, label: Tensor, weight: Tensor) -> Tensor:
    """Eq. 9 (section 3.4) with soft labels and weights, averaged over the batch.

    chosen, rejected: (b,) float rewards, without bounds; label: (b,) in [0, 1], the share of votes
    for `chosen` (1 gives Eq. 9 as printed, 0.5 is a tie); weight: (b,) at least 0, with mean 1 over
    the split, so that a batch of heavy pairs counts more than a batch of light ones. For m models
    side by side: (b, m), or (b, 1) for what is the same for all.
    """
    margin = chosen - rejected
    agrees, disagrees = F.logsigmoid(margin), F.logsigmoid(-margin)
    return -(weight * (label * agrees + (1 - label) * disagrees)).mean()


class Threshold(NamedTuple):
    """Half-width of the band of win probabilities around 0.5 in which a model says "tie"."""

    band: float


def order_points(probability: FloatArray, label: FloatArray, threshold: Threshold) -> FloatArray:
    """Points per pair, (b,) in {0, 0.5, 1}: right, half right, wrong.

    probability, label: (b,) in [0, 1], predicted and voted share for the first picture. As in
    PickScore's evaluation (Kirstain et al. 2023, section 4): a tie against a decision gives half a
    point.
    """
    return 1 - np.abs(_verdict(probability, threshold.band) - _verdict(label, 0.0)) / 2


def best_threshold(probability: FloatArray, label: FloatArray) -> Threshold:
    """The narrowest band with the most points; to be chosen on validation pairs, never on test."""
    candidates = np.concatenate([[0.0], np.linspace(0.005, 0.25, 50)])
    points = [order_points(probability, label, Threshold(band)).mean() for band in candidates]
    return Threshold(float(candidates[int(np.argmax(points))]))


def bootstrap_interval(
    points: FloatArray, clips: list[str], *, resamples: int, seed: int
) -> tuple[float, float]:
    """95 % interval of the mean of `points` (b,), resampling whole clips: pairs of one are kin."""
    names, owner = np.unique(np.array(clips, dtype=object), return_inverse=True)
    sums = np.bincount(owner, weights=points, minlength=len(names))
    counts = np.bincount(owner, minlength=len(names))
    drawn = np.random.default_rng(seed).integers(0, len(names), (resamples, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _verdict(share: FloatArray, band: float) -> FloatArray:
    """+1 for the first picture, -1 for the second, 0 for a tie."""
    return np.where(np.abs(share - 0.5) <= band + 1e-6, 0.0, np.sign(share - 0.5))
