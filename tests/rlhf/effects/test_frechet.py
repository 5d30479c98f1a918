import numpy as np
import pytest
from scipy.linalg import sqrtm

from rlhf.effects.frechet import frechet


def test_shifted_copy_is_as_far_as_it_was_shifted():
    rows = np.random.default_rng(0).normal(size=(50, 3))

    found = frechet(rows, rows + np.array([3.0, 4.0, 0.0]))

    assert found.value == pytest.approx(25.0)
    assert (found.n, found.d, found.is_biased) == (50, 3, False)


def test_stretched_copy_by_hand():
    rows = np.array([[-1.0], [1.0]])  # Variance 2, so the deviations are sqrt 2 and 3 sqrt 2.

    assert frechet(rows, 3 * rows).value == pytest.approx(8.0)


def test_eigenvalues_agree_with_the_matrix_root():
    rng = np.random.default_rng(1)
    rows, others = rng.normal(size=(200, 4)), rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4))
    first, second = np.cov(rows, rowvar=False), np.cov(others, rowvar=False)
    gap = rows.mean(axis=0) - others.mean(axis=0)
    expected = gap @ gap + np.trace(first + second - 2 * sqrtm(first @ second).real)

    assert frechet(rows, others).value == pytest.approx(expected)


@pytest.mark.parametrize(("n", "is_biased"), [(3, True), (4, True), (5, False)])
def test_too_few_pictures_are_said_to_bias_it(n, is_biased):
    rows = np.random.default_rng(0).normal(size=(n, 4))

    assert frechet(rows, rows).is_biased is is_biased
