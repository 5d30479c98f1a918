"""Arithmetic of the testbed alone: how votes order pairs.

Letters in shapes: b pairs.
"""

from __future__ import annotations

import numpy as np

from workbench.measures import Floats


def order_points(margin: Floats, label: Floats) -> Floats:
    """Points (b,) for ordering pairs as the votes did: 1 right, 0 wrong, 1/2 where margin is 0.

    margin: score of image 0 less that of image 1. label: share of the votes for image 0, not 1/2.
    """
    return (np.sign(margin) * np.sign(label - 0.5) + 1) / 2
