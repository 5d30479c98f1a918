"""The triplet rule: which pictures people compare for a clip (section 3.4 of the paper).

A picture lies in the cluster of its clip. For each clip:

- original: the clip's own picture by the newest painter (highest generation that it has);
- positive: of the pictures in the clip's cluster that belong to other clips, the one of highest
  cosine between the clip's audio and the picture;
- negative: uniform among the pictures of the cluster whose centroid is farthest from the
  centroid of the clip's cluster.

Ties go to the lowest id. A clip for which one of the three does not exist is skipped and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cluster_sampling.features import Features
from cluster_sampling.ties import first_of_highest
from workbench.errors import BadInput
from workbench.manifests import ImageEntry

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

NO_ORIGINAL = "clip without a picture of its own"
NO_POSITIVE = "cluster without a picture of another clip"
NO_NEGATIVE = "farthest cluster without a picture"

TRIPLET_SCHEMA = pa.schema(
    [
        ("clip_id", pa.string()),
        ("original_id", pa.string()),
        ("positive_id", pa.string()),
        ("negative_id", pa.string()),
        ("clip_cluster", pa.int32()),
        ("negative_cluster", pa.int32()),
        # Cosine of the clip's audio and the picture.
        ("similarity_original", pa.float32()),
        ("similarity_positive", pa.float32()),
        ("similarity_negative", pa.float32()),
    ]
)

_NONE = -1
_CHUNK_CELLS = 1 << 24  # Cosines held at once: 64 MB.
_CHUNK_ROWS = 8192


class Selection(NamedTuple):
    """triplets: a table of TRIPLET_SCHEMA, by clip id, no two rows alike.

    skipped: how many clips gave no triplet, by reason.
    short: how many clips gave some, but fewer than wanted.
    """

    triplets: pa.Table
    skipped: dict[str, int]
    short: int


class _Chosen(NamedTuple):
    """Row numbers of one triplet."""

    clip: int
    original: int
    positive: int
    negative: int


def choose_triplets(
    audio: Features,
    images: Features,
    manifest: Mapping[str, ImageEntry],
    labels: IntArray,
    centroids: FloatArray,
    *,
    seed: int,
    per_clip: int = 1,
) -> Selection:
    """Choose up to `per_clip` triplets for each clip by the rule above.

    audio: n clips; images: pictures, each in `manifest` under its id.
    labels: int64 (n,), the cluster of each row of `audio`. centroids: float32 (k, d), k >= 2.
    The triplets of one clip share the positive, have different negatives, and go round its
    originals. Neither the order of the rows nor the draws of other clips change a clip's triplets.
    Raises BadInput when a picture's clip has no row in `audio`.
    """
    clip_of = _clip_of_each(audio, images, manifest)
    pools = _pools(images, labels[clip_of], len(centroids))
    originals = _newest(images, manifest, clip_of)
    positives = _positives(audio.rows, images.rows, clip_of, labels, pools)
    farthest = farthest_clusters(centroids)
    chosen: list[_Chosen] = []
    skipped: Counter[str] = Counter()
    short = 0
    for clip in _order(audio.ids):
        own, positive, pool = (
            originals.get(clip, []),
            positives[clip],
            pools[farthest[labels[clip]]],
        )
        if reason := _reason_to_skip(own, positive, pool):
            skipped[reason] += 1
            continue
        negatives = _draw(pool, per_clip, seed, audio.ids[clip])
        short += len(negatives) < per_clip
        chosen += [
            _Chosen(clip, own[turn % len(own)], positive, negative)
            for turn, negative in enumerate(negatives)
        ]
    table = _table(audio, images, labels, labels[clip_of], chosen)
    return Selection(table, dict(sorted(skipped.items())), short)


def farthest_clusters(centroids: FloatArray) -> IntArray:
    """For each of k >= 2 centroids, float32 (k, d), the number of the one of lowest cosine.

    Returns int64 (k,), never a cluster's own number; the lowest number among equals.
    """
    cosines = centroids @ centroids.T
    np.fill_diagonal(cosines, np.inf)
    return first_of_highest(-cosines)


def _clip_of_each(
    audio: Features, images: Features, manifest: Mapping[str, ImageEntry]
) -> IntArray:
    """Row number in `audio` of each picture's clip, int64 (m,)."""
    number = {clip_id: row for row, clip_id in enumerate(audio.ids)}
    clip_of = np.empty(len(images), dtype=np.int64)
    for row, image_id in enumerate(images.ids):
        clip_id = manifest[image_id].clip_id
        if clip_id not in number:
            raise BadInput(
                f"image {image_id!r} is of clip {clip_id!r}, which has no audio features"
            )
        clip_of[row] = number[clip_id]
    return clip_of


def _pools(images: Features, image_labels: IntArray, k: int) -> list[IntArray]:
    """Row numbers of the pictures in each cluster, by id."""
    order = np.array(_order(images.ids), dtype=np.int64)
    return [order[image_labels[order] == number] for number in range(k)]


def _newest(
    images: Features, manifest: Mapping[str, ImageEntry], clip_of: IntArray
) -> dict[int, list[int]]:
    """Row numbers of each clip's pictures of its highest generation, by id."""
    newest: dict[int, list[int]] = {}
    highest: dict[int, int] = {}
    for row in _order(images.ids):
        clip, generation = int(clip_of[row]), manifest[images.ids[row]].generation
        if generation > highest.get(clip, -1):
            highest[clip], newest[clip] = generation, [row]
        elif generation == highest[clip]:
            newest[clip].append(row)
    return newest


def _positives(
    audio: FloatArray,
    images: FloatArray,
    clip_of: IntArray,
    labels: IntArray,
    pools: Sequence[IntArray],
) -> IntArray:
    """Row number of each clip's positive, int64 (n,); _NONE where the cluster has none."""
    positives = np.full(len(audio), _NONE, dtype=np.int64)
    for number, pool in enumerate(pools):
        if not len(pool):
            continue
        pictures, owners = images[pool], clip_of[pool]
        clips = np.flatnonzero(labels == number)
        step = max(1, _CHUNK_CELLS // len(pool))
        for start in range(0, len(clips), step):
            part = clips[start : start + step]
            cosines = audio[part] @ pictures.T
            cosines[part[:, None] == owners[None, :]] = -np.inf
            best = first_of_highest(cosines)
            exists = np.isfinite(cosines[np.arange(len(part)), best])
            positives[part[exists]] = pool[best[exists]]
    return positives


def _reason_to_skip(own: Sequence[int], positive: int, pool: IntArray) -> str | None:
    if not own:
        return NO_ORIGINAL
    if positive == _NONE:
        return NO_POSITIVE
    return None if len(pool) else NO_NEGATIVE


def _draw(pool: IntArray, wanted: int, seed: int, clip_id: str) -> list[int]:
    """Up to `wanted` different rows of the pool, drawn by the seed and the clip alone."""
    own_seed = int.from_bytes(sha256(f"{seed}:{clip_id}".encode()).digest()[:8])
    generator = np.random.default_rng(own_seed)
    drawn = generator.choice(pool, size=min(wanted, len(pool)), replace=False)
    return [int(row) for row in drawn]


def _table(
    audio: Features,
    images: Features,
    labels: IntArray,
    image_labels: IntArray,
    chosen: Sequence[_Chosen],
) -> pa.Table:
    rows = np.array(chosen, dtype=np.int64).reshape(-1, 4)
    clips, *pictures = rows.T
    negatives = pictures[2]
    columns = [
        [audio.ids[clip] for clip in clips],
        *([images.ids[row] for row in column] for column in pictures),
        labels[clips],
        image_labels[negatives],
        *(_cosines(audio.rows, images.rows, clips, column) for column in pictures),
    ]
    arrays = [
        pa.array(column, type=field.type)
        for column, field in zip(columns, TRIPLET_SCHEMA, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=TRIPLET_SCHEMA)


def _cosines(
    audio: FloatArray, images: FloatArray, clips: IntArray, pictures: IntArray
) -> FloatArray:
    """Cosine of each clip and its picture, float32, without gathering all rows at once."""
    cosines = np.empty(len(clips), dtype=np.float32)
    for start in range(0, len(clips), _CHUNK_ROWS):
        part = slice(start, start + _CHUNK_ROWS)
        cosines[part] = np.einsum("nd,nd->n", audio[clips[part]], images[pictures[part]])
    return cosines


def _order(ids: Sequence[str]) -> list[int]:
    return sorted(range(len(ids)), key=ids.__getitem__)
