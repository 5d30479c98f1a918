"""Choosing triplets, against a plain loop over clips, in the same run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.measuring import medians_s
from cluster_sampling.features import Features
from cluster_sampling.kmeans import cluster
from cluster_sampling.triplets import choose_triplets
from workbench.manifests import ImageEntry

CLIPS = 4_000
IMAGES_PER_CLIP = 2
WIDTH = 256
K = 64


def measure(seed: int = 0) -> dict[str, float | int | str]:
    """Both choose the positive of every clip; the loop's answer must agree with ours."""
    generator = np.random.default_rng(seed)
    audio = _features("c", _unit(generator, CLIPS))
    images = _features("i", _unit(generator, CLIPS * IMAGES_PER_CLIP))
    owner = np.arange(len(images.ids)) // IMAGES_PER_CLIP
    manifest = {
        image: ImageEntry(image_id=image, clip_id=audio.ids[clip], image=Path("x"))
        for image, clip in zip(images.ids, owner, strict=True)
    }
    found = cluster(audio.rows, K, seed=seed)

    def ours() -> list[str]:
        chosen = choose_triplets(audio, images, manifest, found.labels, found.centroids, seed=seed)
        return list(chosen.triplets.column("positive_id").to_pylist())

    def loop() -> list[str]:
        return _positives_by_loop(audio, images, owner, found.labels)

    if ours() != loop():
        raise RuntimeError("the two ways disagree; the timing would compare different work")
    seconds = medians_s({"ours": ours, "loop": loop}, repeats=5)
    return {
        "clips": CLIPS,
        "images": CLIPS * IMAGES_PER_CLIP,
        "width": WIDTH,
        "k": K,
        "ours_s": seconds["ours"],
        "plain loop_s": seconds["loop"],
        "times faster": seconds["loop"] / seconds["ours"],
    }


def _positives_by_loop(
    audio: Features, images: Features, owner: npt.NDArray[np.int64], labels: npt.NDArray[np.int64]
) -> list[str]:
    """The baseline: one clip after the other, every picture looked at."""
    positives = []
    for clip, row in enumerate(audio.rows):
        allowed = (labels[owner] == labels[clip]) & (owner != clip)
        if allowed.any():
            cosines = np.where(allowed, images.rows @ row, -np.inf)
            positives.append(images.ids[int(cosines.argmax())])
    return positives


def _features(prefix: str, rows: npt.NDArray[np.float32]) -> Features:
    return Features(tuple(f"{prefix}{number:06d}" for number in range(len(rows))), rows)


def _unit(generator: np.random.Generator, count: int) -> npt.NDArray[np.float32]:
    rows = generator.standard_normal((count, WIDTH)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)
