from __future__ import annotations

import numpy as np
import pytest

from rlhf._calibration import (
    Bin,
    calibrated,
    calibration_bins,
    calibration_error,
    fit_temperature,
    soft_label_loss,
)
from rlhf._rewards import ScoredPairs


def _pairs(margin: list[float], label: list[float]) -> ScoredPairs:
    clips = [f"clip{number}" for number in range(len(label))]
    return ScoredPairs(np.array(margin), np.array(label), np.ones(len(label)), clips)


def _said(share: list[float], label: list[float]) -> ScoredPairs:
    """Pairs for which a model expects these shares of the votes."""
    return _pairs([float(np.log(p / (1 - p))) for p in share], label)


def test_calibration_error_is_that_of_hand():
    # Bin 0.60-0.65 holds 0.62 and 0.64 (mean 0.63), of which one was right: gap 0.13, n = 2.
    # Bin 0.90-0.95 holds 0.92, right: gap 0.08, n = 1. 0.08 for the rejected is 0.92 on its side:
    # its votes are 1 - 1 = 0, so the bin is 0.92 against 0.5, gap 0.42, n = 2.
    pairs = _said([0.62, 0.64, 0.92, 0.08], [1.0, 0.5, 1.0, 1.0])
    bins = calibration_bins(pairs, 1.0)
    assert list(bins) == ["0.60-0.65", "0.90-0.95"]
    assert bins["0.60-0.65"] == Bin(2, pytest.approx(0.63), pytest.approx(0.75))
    assert bins["0.90-0.95"] == Bin(2, pytest.approx(0.92), pytest.approx(0.5))
    # (2 * |0.63 - 0.75| + 2 * |0.92 - 0.5|) / 4
    assert calibration_error(bins.values()) == pytest.approx(0.27)


def test_calibration_puts_certainty_into_the_last_bin_and_no_preference_into_the_first():
    bins = calibration_bins(_pairs([1000.0, 0.0], [1.0, 1.0]), 1.0)
    assert bins == {"0.50-0.55": Bin(1, 0.5, 0.5), "0.95-1.00": Bin(1, 1.0, 1.0)}


@pytest.mark.parametrize("temperature", [0.25, 1.0, 4.0])
def test_temperature_of_synthetic_votes_is_found_again(temperature: float):
    rng = np.random.default_rng(0)
    margin = rng.normal(0, 2, 500) * temperature
    label = 1 / (1 + np.exp(-margin / temperature))
    assert fit_temperature(_pairs(list(margin), list(label))) == pytest.approx(
        temperature, rel=1e-3
    )


def test_loss_is_eq_9_with_soft_labels():
    # The numbers of test_preference_loss: log(1 + e^-1), and half of that and log(1 + e).
    assert soft_label_loss(_pairs([1.0], [1.0]), 1.0) == pytest.approx(0.3132617)
    assert soft_label_loss(_pairs([2.0], [0.5]), 2.0) == pytest.approx(0.8132617)


def test_calibration_repairs_a_model_that_is_too_sure():
    rng = np.random.default_rng(1)
    honest = rng.normal(0, 1, 400)
    label = 1 / (1 + np.exp(-honest))
    fitted, test = (_pairs(list(5 * honest[half]), list(label[half]))
                    for half in (slice(200), slice(200, 400)))  # fmt: skip
    found = calibrated(fitted, test)
    assert (found.temperature, found.at_bound) == (pytest.approx(5, rel=1e-2), False)
    assert (found.n_fitted, found.n) == (200, 200)
    assert found.ece_after < 0.01 < 0.15 < found.ece_before
    assert found.loss_after < found.loss_before


def test_calibration_says_when_nothing_bounds_the_temperature():
    always_right = _pairs([1.0, 2.0], [1.0, 1.0])
    always_wrong = _pairs([-1.0, -2.0], [1.0, 1.0])
    assert calibrated(always_right, always_right).at_bound
    assert calibrated(always_wrong, always_right).at_bound


def test_calibration_without_test_pairs_keeps_the_temperature_alone():
    found = calibrated(_pairs([1.0, 1.0], [1.0, 0.5]), _pairs([], []))
    assert (found.n, found.ece_before, found.loss_after, found.bins_after) == (0, None, None, {})


def test_equal_rewards_keep_their_temperature():
    assert fit_temperature(_pairs([0.0, 0.0], [1.0, 0.5])) == 1.0
