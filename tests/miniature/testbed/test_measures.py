import numpy as np
import pytest

from miniature.testbed.measures import order_points


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
