import numpy as np
import pytest

from miniature.testbed.measures import (
    ClipBootstrap,
    diversity,
    effect,
    mean_distance,
    order_points,
    spread,
    win_points,
)


def bootstrap(owners, resamples=4_000):
    return ClipBootstrap(np.array(owners), resamples=resamples, seed=0)


def test_win_points_count_equals_as_half():
    points = win_points(np.array([2.0, 1.0, 0.0, 3.0]), np.array([1.0, 1.0, 1.0, 1.0]))

    assert points.tolist() == [1.0, 0.5, 0.0, 1.0]


def test_effect_by_hand():
    before = np.array([0.0, 2.0, 0.0, 2.0])  # sd 1
    after = np.array([1.0, 1.0, 0.5, 2.0])

    found = effect(before, after, bootstrap([0, 1, 2, 3]))

    # Gains 1, -1, 0.5, 0 and points 1, 0, 1, 0.5.
    assert found.gain.value == pytest.approx(0.125)
    assert found.win_rate.value == pytest.approx(0.625)
    assert found.gain.low < 0.125 < found.gain.high


def test_effect_is_in_sd_of_the_base():
    before = np.array([0.0, 20.0, 0.0, 20.0])  # sd 10

    found = effect(before, before + 5.0, bootstrap([0, 1, 2, 3]))

    assert found.gain.value == found.gain.low == found.gain.high == pytest.approx(0.5)


def test_gain_over_equal_values_keeps_its_unit():
    assert spread(np.array([3.0, 3.0])) == 1.0


def test_interval_of_a_mean_is_that_of_the_bootstrap():
    values = np.random.default_rng(1).normal(0, 1, 400)

    found = bootstrap(np.arange(400)).mean(values)

    # The error of a mean of 400 is sd / 20.
    assert found.error == pytest.approx(values.std() / 20, rel=0.05)
    assert found.high - found.low == pytest.approx(4 * 0.98 * found.error, rel=0.05)


def test_pictures_of_one_clip_are_drawn_together():
    values = np.repeat(np.random.default_rng(1).normal(0, 1, 100), 4)

    found = bootstrap(np.repeat(np.arange(100), 4)).mean(values)

    # As if there were 100 values, not 400.
    assert found.error == pytest.approx(values.std() / 10, rel=0.1)


def test_single_clip_has_no_spread():
    found = bootstrap(["a", "a"]).mean(np.array([0.0, 1.0]))

    assert (found.value, found.low, found.high, found.error) == (0.5, 0.5, 0.5, 0.0)


def test_nothing_cannot_be_resampled():
    with pytest.raises(ValueError, match="no rows"):
        bootstrap([])


def test_ratio_by_hand():
    points = np.array([1.0, 0.0, 1.0, 1.0])
    ceiling = np.array([1.0, 1.0, 1.0, 1.0])

    assert bootstrap([0, 0, 1, 1]).ratio(points, ceiling).value == pytest.approx(0.75)


def test_ratio_of_equals_has_no_error():
    points = np.array([1.0, 0.0, 1.0, 0.0])

    found = bootstrap([0, 0, 1, 2]).ratio(points, points)

    assert (found.value, found.low, found.high, found.error) == (1.0, 1.0, 1.0, 0.0)


def test_ratio_to_nothing_is_refused():
    with pytest.raises(ValueError, match="a denominator other than 0"):
        bootstrap([0, 1]).ratio(np.ones(2), np.zeros(2))


def test_order_points_by_hand():
    margin = np.array([0.3, -0.2, 0.1, 0.0])
    label = np.array([0.9, 0.1, 0.2, 0.8])

    assert order_points(margin, label).tolist() == [1.0, 1.0, 0.0, 0.5]


def test_noise_ceiling_of_the_true_order_is_the_share_of_votes_that_follow_it():
    gold = np.array([1.0, 0.0, 2.0, 1.0])
    other = np.array([0.0, 1.0, 1.0, 0.0])
    # The third comparison was voted against the truth.
    label = np.array([1.0, 0.0, 1 / 3, 2 / 3])

    assert order_points(gold - other, label).mean() == pytest.approx(0.75)


def test_mean_distance_by_hand():
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])

    # 1 - 0, 1 - 0 and 1 + 1, over three pairs.
    assert mean_distance(rows) == pytest.approx(4 / 3)


def test_diversity_tells_prompts_from_noise():
    east, north = [1.0, 0.0], [0.0, 1.0]

    alike_within = diversity(np.array([[east, east], [north, north]]))
    alike_across = diversity(np.array([[east, north], [east, north]]))

    assert (alike_within.across, alike_within.within) == pytest.approx((1.0, 0.0))
    assert (alike_across.across, alike_across.within) == pytest.approx((0.0, 1.0))


def test_diversity_of_one_picture_each_has_nothing_within():
    assert diversity(np.array([[[1.0, 0.0]], [[0.0, 1.0]]])).within is None
