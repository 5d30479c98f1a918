import numpy as np
import pytest

from workbench.dawid_skene import Answers, accuracies


def answers_of(probabilities, n_items, seed=0):
    """Everybody answers each item, whose truth is +1; right as often as told."""
    rng = np.random.default_rng(seed)
    is_right = rng.random((n_items, len(probabilities))) < np.array(probabilities)
    items, people = np.indices(is_right.shape)
    return Answers(items.ravel(), people.ravel(), np.where(is_right, 1.0, -1.0).ravel())


def test_accuracies_are_recovered():
    known = [0.95, 0.85, 0.7, 0.5]

    assert accuracies(answers_of(known, 4_000), 4) == pytest.approx(known, abs=0.03)


def test_those_who_are_not_heard_are_measured_but_decide_nothing():
    # Four who always say the opposite would outvote three who are mostly right.
    known = [0.9, 0.9, 0.9, 0.02, 0.02, 0.02, 0.02]
    is_heard = np.array([True] * 3 + [False] * 4)

    assert accuracies(answers_of(known, 3_000), 7)[0] < 0.2
    assert accuracies(answers_of(known, 3_000), 7, is_heard) == pytest.approx(known, abs=0.06)


def test_nobody_is_known_without_answers():
    nothing = Answers(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))

    assert accuracies(nothing, 2).tolist() == [0.5, 0.5]
    assert accuracies(nothing, 0).tolist() == []


def test_when_nobody_is_heard_nothing_is_known():
    found = accuracies(answers_of([0.9, 0.9], 50), 2, np.array([False, False]))

    assert found == pytest.approx([0.5, 0.5])
