import krippendorff
import numpy as np
import pytest

from workbench.agreement import alpha_interval, nominal_agreement


def some_counts(n_units, seed, n_answers=3):
    rng = np.random.default_rng(seed)
    leaning = rng.dirichlet(np.full(n_answers, 0.6), size=n_units)
    return np.array([rng.multinomial(rng.integers(0, 6), share) for share in leaning])


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_that_of_the_krippendorff_package(seed):
    counts = some_counts(60, seed)
    expected = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")

    found = nominal_agreement(counts, np.ones(60, np.int64))

    assert found.alpha == pytest.approx(expected, abs=1e-12)
    assert found.units == (counts.sum(axis=1) >= 2).sum()


def test_alpha_of_kinds_of_unit_is_that_of_the_units():
    counts = np.array([[3, 0, 0], [2, 1, 0], [0, 2, 1], [1, 0, 0]])
    times = np.array([5, 2, 3, 9])

    assert nominal_agreement(counts, times) == nominal_agreement(
        np.repeat(counts, times, axis=0), np.ones(19, np.int64)
    )


def test_agreement_by_hand():
    # 0,0,1 and 1,1: of 3 + 1 pairs 1 + 1 are equal; D_o = (4/2 + 0) / 5 = 0.4;
    # D_e = (25 - 4 - 9) / 20 = 0.6; alpha = 1/3.
    found = nominal_agreement(np.array([[2, 1], [0, 2]]), np.array([1, 1]))

    assert found.units == 2
    assert found.observed == pytest.approx(0.5)
    assert found.alpha == pytest.approx(1 / 3)


def test_agreement_is_unknown_without_two_answers_about_one_unit():
    assert nominal_agreement(np.zeros((0, 3), np.int64), np.zeros(0, np.int64)) is None
    assert nominal_agreement(np.array([[1, 0, 0]]), np.array([4])) is None
    assert alpha_interval(np.array([[1, 0, 0]]), np.array([4]), resamples=10, seed=0) is None


def test_alpha_has_no_value_when_all_answers_are_alike():
    assert nominal_agreement(np.array([[3, 0]]), np.array([4])).alpha is None
    assert alpha_interval(np.array([[3, 0]]), np.array([4]), resamples=10, seed=0) is None


def test_interval_holds_the_true_alpha_about_as_often_as_it_says():
    # Three people who are right in 4 of 5 cases about two equally common answers.
    rng = np.random.default_rng(1)

    def sample(n_units):
        right = rng.binomial(3, 0.8, size=n_units)
        truth = rng.random(n_units) < 0.5
        return np.stack([np.where(truth, right, 3 - right), np.where(truth, 3 - right, right)], 1)

    ones = np.ones(150, np.int64)
    # Two answers agree with 0.8^2 + 0.2^2 = 0.68, by chance with 0.5: alpha = 1 - 0.32 / 0.5.
    true_alpha = 1 - 0.32 / 0.5
    hits = 0
    for seed in range(100):
        low, high = alpha_interval(sample(150), ones, resamples=300, seed=seed)
        hits += low <= true_alpha <= high

    assert 88 <= hits <= 100


def test_interval_is_the_same_for_the_same_seed():
    counts, ones = some_counts(40, 3), np.ones(40, np.int64)

    first = alpha_interval(counts, ones, resamples=50, seed=7)

    assert first == alpha_interval(counts, ones, resamples=50, seed=7)
    assert first != alpha_interval(counts, ones, resamples=50, seed=8)
