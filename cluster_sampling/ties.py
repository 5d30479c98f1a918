"""When two cosines count as equal, so that a choice is the same on every machine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

TIE = 1e-6
"""Sums of float32 differ by about so much between machines and orders of the rows."""


def first_of_highest(values: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """(n, m) cosines -> int64 (n,), the first column within TIE of its row's highest value."""
    highest = values.max(axis=1, keepdims=True)
    return np.asarray((values >= highest - TIE).argmax(axis=1), dtype=np.int64)
