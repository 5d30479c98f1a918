from __future__ import annotations

import numpy as np
import pytest

from rlhf._intervals import Resampling, accuracy_of


def test_interval_of_three_right_answers_does_not_look_certain():
    found = accuracy_of(np.ones(3), ["a", "b", "c"], Resampling(50, 0))
    assert (found.n, found.n_clips, found.accuracy, found.high) == (3, 3, 1.0, 1.0)
    # Wilson at a share of one: three over three plus z squared.
    assert found.low == pytest.approx(0.4385, abs=1e-3)


def test_interval_is_as_wide_as_clips_differ():
    points = np.array([1.0] * 50 + [0.0] * 50)
    found = accuracy_of(points, ["a"] * 50 + ["b"] * 50, Resampling(200, 0))
    assert (found.low, found.high) == (0.0, 1.0)
