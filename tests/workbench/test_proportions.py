import pytest
from scipy.stats import binomtest

from workbench.proportions import coin_p_value, wilson, wilson_interval


@pytest.mark.parametrize(
    ("heads", "count"),
    [(0, 0), (0, 1), (5, 10), (9, 10), (61, 100), (430, 1000), (51_000, 100_000)],
)
def test_coin_p_value_is_that_of_scipy(heads, count):
    expected = binomtest(heads, count).pvalue if count else 1.0

    assert coin_p_value(heads, count) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("successes", "count"), [(0, 5), (5, 5), (3, 10), (700, 1000)])
def test_wilson_is_that_of_scipy(successes, count):
    expected = binomtest(successes, count).proportion_ci(method="wilson")

    share = wilson(successes, count)

    assert share.value == successes / count
    assert (share.low, share.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_of_no_trial_is_unknown():
    assert wilson(0, 0) is None


def test_wilson_interval_is_that_of_hand():
    # z = 1.96: (0.8 + 3.8416 / 20) / (1 + 3.8416 / 10) = 0.71674, half-width 0.22659.
    assert wilson_interval(0.8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-3)
