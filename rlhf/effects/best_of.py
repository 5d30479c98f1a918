"""Best-of-n: paint several pictures, keep the one of the highest reward (Nakano et al. 2021).

Letters in shapes: m candidates for each of n places.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.measures import Floats


def best_of(rewards: Floats) -> NDArray[np.int64]:
    """Which candidate to keep at each place, (n,), by rewards (m, n); of equals the first."""
    return np.asarray(rewards.argmax(axis=0), dtype=np.int64)


def kept(candidates: Floats, choice: NDArray[np.int64]) -> Floats:
    """The rows that `choice` (n,) keeps of candidates (m, n, ...): (n, ...)."""
    rows: Floats = candidates[choice, np.arange(len(choice))]
    return rows
