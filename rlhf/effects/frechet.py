"""How far one set of pictures lies from another.

Letters in shapes: n pictures, d embedding width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.measures import Floats


@dataclass(frozen=True)
class Frechet:
    """A Frechet distance between two sets of n embeddings of width d."""

    value: float
    n: int
    d: int
    is_biased: bool
    """Whether n <= d: covariances then lack directions, and the distance is far too large."""


def frechet(rows: Floats, others: Floats) -> Frechet:
    """Frechet distance of two normal distributions (Heusel et al. 2017, Eq. 6).

    rows, others: (n, d) each, n >= 2.
    """
    gap = rows.mean(axis=0) - others.mean(axis=0)
    first, second = _covariance(rows), _covariance(others)
    root = _square_root(first)
    # tr (S1 S2)^1/2 by symmetric matrices alone: S1 S2 and R S2 R share their eigenvalues.
    shared = np.sqrt(np.clip(np.linalg.eigvalsh(root @ second @ root), 0, None)).sum()
    value = float(gap @ gap + np.trace(first) + np.trace(second) - 2 * shared)
    n, d = rows.shape
    return Frechet(max(value, 0.0), n, d, is_biased=n <= d)


def _covariance(rows: Floats) -> Floats:
    return np.atleast_2d(np.cov(rows, rowvar=False))


def _square_root(matrix: Floats) -> Floats:
    """Of a symmetric positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    root: Floats = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return root
