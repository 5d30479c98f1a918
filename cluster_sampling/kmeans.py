"""Spherical k-means: clusters of unit vectors by cosine, with no cluster left empty."""

from __future__ import annotations

from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from cluster_sampling.ties import first_of_highest
from workbench.errors import BadInput, RunFailed

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

_CHUNK_ROWS = 8192


class Clusters(NamedTuple):
    """labels: int64 (n,) in [0, k). centroids: float32 (k, d), unit rows. Every label occurs.

    A row's label is its nearest centroid by cosine, the lowest number among equals.
    closeness: float32 (n,), cosine of each row and its centroid.
    refilled: how often a cluster that came out empty was given a row of its own.
    """

    labels: IntArray
    centroids: FloatArray
    closeness: FloatArray
    refilled: int


def cluster(
    rows: FloatArray, k: int, *, seed: int, iterations: int = 25, restarts: int = 1
) -> Clusters:
    """Cluster unit rows, float32 (n, d), by FAISS k-means; the best of `restarts` is kept.

    The result depends on the order of the rows; give them in the order of their ids.
    Raises BadInput for k < 2, fewer rows than k, fewer *different* rows than k, and rows that are
    not finite.
    """
    _check(rows, k)
    kmeans = faiss.Kmeans(
        rows.shape[1],
        k,
        niter=iterations,
        nredo=restarts,
        seed=seed,
        spherical=True,
        min_points_per_centroid=1,
        max_points_per_centroid=len(rows),
    )
    kmeans.train(np.ascontiguousarray(rows))
    return _without_empty(rows, np.asarray(kmeans.centroids, dtype=np.float32))


def _check(rows: FloatArray, k: int) -> None:
    if k < 2:
        raise BadInput(f"k = {k} leaves no farthest cluster to take negatives from; give k >= 2")
    if len(rows) < k:
        raise BadInput(f"k = {k} exceeds the {len(rows)} clips; give a smaller k or more clips")
    if not np.isfinite(rows).all():
        raise BadInput("the features hold values that are not finite; embed the clips again")
    different = _count_different(rows, enough=k)
    if different < k:
        raise BadInput(f"k = {k} exceeds the {different} clips that differ; give a smaller k")


def _count_different(rows: FloatArray, enough: int) -> int:
    seen: set[bytes] = set()
    for row in rows:
        seen.add(row.tobytes())
        if len(seen) == enough:
            break
    return len(seen)


def _without_empty(rows: FloatArray, centroids: FloatArray) -> Clusters:
    """Give every empty cluster the row that lies farthest from its own centroid, and assign anew.

    A centroid of length 0, the mean of opposite rows, has no direction and counts as empty.
    """
    refilled = 0
    for _ in range(len(centroids) + 1):
        labels, closeness = _nearest(rows, centroids)
        has_rows = np.bincount(labels, minlength=len(centroids)) > 0
        empty = np.flatnonzero(~has_rows | ~(np.linalg.norm(centroids, axis=1) > 0.5))
        if not len(empty):
            return Clusters(labels, centroids, closeness, refilled)
        centroids[empty] = rows[np.argsort(closeness, kind="stable")[: len(empty)]]
        refilled += len(empty)
    raise RunFailed(f"{len(empty)} clusters stay empty, so alike are the clips; give a smaller k")


def _nearest(rows: FloatArray, centroids: FloatArray) -> tuple[IntArray, FloatArray]:
    """Number of the nearest centroid and the cosine of it, both (n,)."""
    labels = np.empty(len(rows), dtype=np.int64)
    closeness = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), _CHUNK_ROWS):
        part = slice(start, start + _CHUNK_ROWS)
        cosines = rows[part] @ centroids.T
        labels[part] = first_of_highest(cosines)
        closeness[part] = cosines.max(axis=1)
    return labels, closeness
