from __future__ import annotations

import numpy as np
import pytest

from rlhf._correlation import Correlation, correlation, spearman
from rlhf._intervals import Resampling
from rlhf._rewards import Rewards, Showing

_ONCE = Resampling(100, 0)


def _rewards(**clips: list[float]) -> Rewards:
    return {
        Showing(clip, f"{clip}-{number}"): value
        for clip, values in clips.items()
        for number, value in enumerate(values)
    }


def test_spearman_is_that_of_hand():
    # Ranks 1 2 3 4 5 and 2 1 4 3 5: sum of squared differences 4, so 1 - 6 * 4 / (5 * 24).
    first, second = _rewards(a=[1, 2, 3, 4, 5]), _rewards(a=[20, 10, 40, 30, 50])
    found = correlation(first, second, _ONCE)
    assert found == Correlation(5, 1, pytest.approx(0.8), pytest.approx(0.8), pytest.approx(0.8))


def test_correlation_looks_within_clips():
    # The same order in each clip, however the clips lie apart.
    first, second = _rewards(a=[0, 1, 2], b=[10, 11, 12]), _rewards(a=[90, 91, 92], b=[0, 1, 2])
    assert correlation(first, second, _ONCE).spearman == pytest.approx(1)


def test_correlation_of_opposites_is_minus_one():
    first = _rewards(a=[0, 1, 2], b=[0, 1, 5])
    opposite = {showing: -value for showing, value in first.items()}
    assert correlation(first, opposite, _ONCE).spearman == pytest.approx(-1)


def test_correlation_has_an_interval_over_clips():
    first = _rewards(a=[0, 1, 2], b=[0, 1, 2], c=[0, 1, 2])
    found = correlation(first, _rewards(a=[0, 1, 2], b=[0, 1, 2], c=[2, 1, 0]), _ONCE)
    assert found.low < found.spearman < found.high == pytest.approx(1)


@pytest.mark.parametrize(
    ("second", "n"),
    [(_rewards(a=[1, 1, 1]), 3), (_rewards(b=[1, 2]), 0), ({}, 0), (_rewards(a=[1, 2]), 2)],
    ids=["equal", "other clips", "nothing", "two pictures"],
)
def test_correlation_says_nothing_without_material(second: Rewards, n: int):
    found = correlation(_rewards(a=[1, 2, 3]), second, _ONCE)
    assert (found.n, found.spearman, found.low) == (n, None, None)


def test_correlation_leaves_out_clips_with_one_picture():
    found = correlation(_rewards(a=[1, 2, 3], b=[5]), _rewards(a=[1, 2, 3], b=[9]), _ONCE)
    assert (found.n, found.n_clips) == (3, 1)


def test_spearman_of_equal_numbers_is_none():
    assert spearman(np.ones(4), np.arange(4.0)) is None
