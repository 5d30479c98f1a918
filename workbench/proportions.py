"""Shares of a count: how sure they are, and whether a fair coin explains them."""

from __future__ import annotations

import math
from typing import NamedTuple

_Z_95 = 1.959963984540054


class Share(NamedTuple):
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float
    trials: int


def wilson(successes: int, count: int) -> Share | None:
    """The share of a count with its score interval; None without a trial."""
    if not count:
        return None
    share = successes / count
    return Share(share, *wilson_interval(share, count), count)


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """95 % score interval of a share of `count` >= 1 independent trials.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference".
    """
    z2 = _Z_95**2
    centre = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z_95 / (1 + z2 / count) * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def coin_p_value(successes: int, count: int) -> float:
    """Exact two-sided binomial test against 1/2: how often a fair coin falls at least so askew."""
    most = max(successes, count - successes)
    term = math.exp(
        math.lgamma(count + 1)
        - math.lgamma(most + 1)
        - math.lgamma(count - most + 1)
        - count * math.log(2)
    )
    tail = 0.0
    for heads in range(most, count + 1):
        tail += term
        if term < tail * 1e-12:
            break
        term *= (count - heads) / (heads + 1)
    return min(1.0, 2 * tail)
