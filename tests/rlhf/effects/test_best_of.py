import numpy as np

from rlhf.effects.best_of import best_of, kept


def test_best_of_is_the_highest_reward_at_each_place():
    rewards = np.array([[0.0, 3.0, 1.0], [1.0, 2.0, 1.0]])

    assert best_of(rewards).tolist() == [1, 0, 0]


def test_kept_rows_are_those_of_the_choice():
    candidates = np.array([[[0, 0], [1, 1]], [[2, 2], [3, 3]]])

    assert kept(candidates, np.array([1, 0])).tolist() == [[2, 2], [1, 1]]


def test_best_of_one_is_itself():
    assert best_of(np.array([[0.3, 0.1]])).tolist() == [0, 0]
