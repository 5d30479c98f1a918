"""Which two pictures are compared for which clip: by the triplet rule, or at random."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cluster_sampling.features import FeaturesFolder, load_features_folder
from cluster_sampling.kmeans import Clusters, cluster
from cluster_sampling.triplets import choose_triplets
from miniature.testbed.settings import LoopSettings
from workbench.errors import BadInput

# The parts of a triplet as kinds of comparisons name them, and where a triplet holds them.
_PARTS = {"orig": "original_id", "pos": "positive_id", "neg": "negative_id"}
_PAIRS_OF_TRIPLET = 3


class _Pair(NamedTuple):
    """What a comparison is before it has an id; image_0 has the smaller id."""

    kind: str
    clip_id: str
    image_0: str
    image_1: str


class Comparison(NamedTuple):
    """Two pictures to be judged for a clip; `kind` says what they are to it."""

    comparison_id: str
    kind: str
    clip_id: str
    image_0: str
    image_1: str


def choose_comparisons(features: Path, settings: LoopSettings, number: int) -> list[Comparison]:
    """`settings.comparisons` comparisons of round `number` from a features folder.

    Raises BadInput when the clips and pictures do not give as many.
    """
    folder = load_features_folder(features)
    seed = settings.seed + number
    if settings.pairs == "random":
        drawn = random_pairs(folder, settings.comparisons, seed)
    else:
        drawn = triplet_pairs(folder, settings, seed)
    wanted = [
        Comparison(f"r{number}-{row:05d}", *pair)
        for row, pair in zip(range(settings.comparisons), drawn, strict=False)
    ]
    if len(wanted) < settings.comparisons:
        raise BadInput(
            f"{len(folder.audio)} clips with {len(folder.images)} pictures give only "
            f"{len(wanted)} different comparisons by {settings.pairs}, not {settings.comparisons}; "
            "ask for fewer or paint more candidates"
        )
    return wanted


def triplet_pairs(folder: FeaturesFolder, settings: LoopSettings, seed: int) -> Iterator[_Pair]:
    """All pairs of triplets, first those of one triplet of every clip; none comes twice."""
    audio = folder.audio.by_id()
    clusters = _clusters(folder, settings, seed)
    # Triplets of a clip share pairs when originals run out, so a few more than needed are drawn.
    needed = settings.comparisons / (_PAIRS_OF_TRIPLET * len(audio))
    selection = choose_triplets(
        audio,
        folder.images,
        folder.manifest,
        clusters.labels,
        clusters.centroids,
        seed=seed,
        per_clip=2 * math.ceil(needed) + 1,
    )
    seen: set[tuple[str, ...]] = set()
    for triplet in _in_turns(selection.triplets.to_pylist()):
        for one, other in combinations(_PARTS, 2):
            images = sorted((triplet[_PARTS[one]], triplet[_PARTS[other]]))
            pair = _Pair(f"{one}/{other}", triplet["clip_id"], *images)
            if pair[1:] not in seen:
                seen.add(pair[1:])
                yield pair


def random_pairs(folder: FeaturesFolder, count: int, seed: int) -> Iterator[_Pair]:
    """Any two pictures, for each clip in turn; up to about `count`, none twice."""
    clips, images = sorted(folder.audio.ids), sorted(folder.images.ids)
    rng = np.random.default_rng(seed)
    seen: set[tuple[str, ...]] = set()
    for turn in range(20 * count):  # Enough tries for any count that leaves a choice.
        drawn = sorted(rng.choice(len(images), 2, replace=False).tolist())
        pair = _Pair("random", clips[turn % len(clips)], *(images[row] for row in drawn))
        if pair[1:] not in seen:
            seen.add(pair[1:])
            yield pair


def _clusters(folder: FeaturesFolder, settings: LoopSettings, seed: int) -> Clusters:
    audio = folder.audio.by_id()
    k = settings.clusters or max(2, round(math.sqrt(len(audio))))
    return cluster(audio.rows, k, seed=seed)


def _in_turns(triplets: Sequence[dict[str, str]]) -> Iterator[dict[str, str]]:
    """The first triplet of each clip, then the second of each, and so on."""
    turn: dict[str, int] = {}
    numbered = []
    for triplet in triplets:
        turn[triplet["clip_id"]] = turn.get(triplet["clip_id"], -1) + 1
        numbered.append((turn[triplet["clip_id"]], triplet))
    yield from (triplet for _, triplet in sorted(numbered, key=lambda entry: entry[0]))
