from __future__ import annotations

import numpy as np
import pytest

from rlhf._intervals import Resampling, accuracy_of, wilson_interval


def test_wilson_interval_is_that_of_hand():
    # z = 1.96: (0.8 + 3.8416 / 20) / (1 + 3.8416 / 10) = 0.71674, half-width 0.22659.
    assert wilson_interval(0.8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-3)


def test_interval_of_three_right_answers_does_not_look_certain():
    found = accuracy_of(np.ones(3), ["a", "b", "c"], Resampling(50, 0))
    assert (found.n, found.n_clips, found.accuracy, found.high) == (3, 3, 1.0, 1.0)
    # Wilson at a share of one: three over three plus z squared.
    assert found.low == pytest.approx(0.4385, abs=1e-3)


def test_interval_is_as_wide_as_clips_differ():
    points = np.array([1.0] * 50 + [0.0] * 50)
    found = accuracy_of(points, ["a"] * 50 + ["b"] * 50, Resampling(200, 0))
    assert (found.low, found.high) == (0.0, 1.0)
