"""Arithmetic of the testbed alone: how votes order pairs, and shuffles that leave nothing in place.

Letters in shapes: b pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.measures import Floats

Ints = NDArray[np.int64]


def order_points(margin: Floats, label: Floats) -> Floats:
    """Points (b,) for ordering pairs as the votes did: 1 right, 0 wrong, 1/2 where margin is 0.

    margin: score of image 0 less that of image 1. label: share of the votes for image 0, not 1/2.
    """
    return (np.sign(margin) * np.sign(label - 0.5) + 1) / 2


def cyclic_shuffle(count: int, rng: np.random.Generator) -> Ints:
    """A random permutation of one cycle, so that nothing stays in its place (Sattolo 1986).

    Raises ValueError for fewer than two things, which cannot change places.
    """
    if count < 2:
        raise ValueError(f"{count} things cannot all change places; at least 2 can")
    order = np.arange(count)
    for last in range(count - 1, 0, -1):
        other = int(rng.integers(last))
        order[[last, other]] = order[[other, last]]
    return order
