from __future__ import annotations

import numpy as np
import pytest
import torch

from rlhf._preference_loss import (
    Threshold,
    best_threshold,
    bootstrap_interval,
    bradley_terry_loss,
    order_points,
)


def _loss(chosen: list[float], rejected: list[float], label: list[float], weight: list[float]):
    tensors = (torch.tensor(values) for values in (chosen, rejected, label, weight))
    return bradley_terry_loss(*tensors).item()


def test_loss_is_eq_9_for_a_decided_pair():
    # -log sigma(1 - 0) = log(1 + e^-1)
    assert _loss([1.0], [0.0], [1.0], [1.0]) == pytest.approx(0.3132617)


def test_loss_of_a_tie_is_least_at_equal_rewards():
    # (log(1 + e^-1) + log(1 + e^1)) / 2 against log 2
    assert _loss([1.0], [0.0], [0.5], [1.0]) == pytest.approx(0.8132617)
    assert _loss([1.0], [1.0], [0.5], [1.0]) == pytest.approx(0.6931472)


def test_loss_of_two_votes_to_one_is_least_at_their_odds():
    # Odds of 2 to 1 are a margin of log 2: -(2/3 log(2/3) + 1/3 log(1/3))
    assert _loss([float(np.log(2))], [0.0], [2 / 3], [1.0]) == pytest.approx(0.6365142)


def test_loss_counts_a_pair_by_its_weight():
    # Three times 0.3132617 and once 0.6931472, over two pairs.
    assert _loss([1.0, 0.0], [0.0, 0.0], [1.0, 1.0], [3.0, 1.0]) == pytest.approx(0.8164661)


def test_loss_stays_finite_for_huge_margins():
    assert _loss([-1e4], [0.0], [1.0], [1.0]) == pytest.approx(1e4)


def test_points_are_half_for_a_tie_against_a_decision():
    probability = np.array([0.9, 0.1, 0.52, 0.9, 0.52])
    label = np.array([1.0, 1.0, 1.0, 0.5, 0.5])
    points = order_points(probability, label, Threshold(0.05))
    assert points.tolist() == [1.0, 0.0, 0.5, 0.5, 1.0]


def test_threshold_is_the_narrowest_of_the_best():
    probability = np.array([0.9, 0.55, 0.45, 0.8])
    label = np.array([1.0, 0.5, 0.5, 1.0])
    assert best_threshold(probability, label).band == pytest.approx(0.05)
    assert best_threshold(probability[[0, 3]], label[[0, 3]]).band == 0.0


def test_bootstrap_resamples_clips_not_pairs():
    points = np.array([1.0] * 50 + [0.0] * 50)
    clips = ["a"] * 50 + ["b"] * 50
    assert bootstrap_interval(points, clips, resamples=400, seed=1) == (0.0, 1.0)
    assert bootstrap_interval(points[:50], clips[:50], resamples=400, seed=1) == (1.0, 1.0)
