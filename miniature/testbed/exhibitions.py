"""What a painter does on the held-out clips: its pictures, their gold, their embeddings.

Letters in shapes: n = c clips x p pictures each, one clip after the other; v level width, of which
the last d columns are the embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from cluster_sampling.embedder import load_embedder
from generation.adapters import AdapterChoice
from miniature import gold
from miniature.classifier import Adherence, adherence
from miniature.testbed.clips import WorldClip
from miniature.testbed.painting import Atelier, evaluation_tasks
from miniature.testbed.rewards import rewards_of
from rlhf.reward_model import ClipFeatures, RewardModel
from workbench.files import whole_file
from workbench.measures import Diversity, diversity

Floats = NDArray[np.float64]
Pictures = NDArray[np.uint8]

# Pictures that are tried as the one picture for all clips.
_SINGLES = 24


@dataclass(frozen=True)
class Hall:
    """The held-out clips, and all that exhibitions of one run share."""

    clips: Sequence[WorldClip]
    heard: ClipFeatures
    """What the embedder hears and reads of the clips, a row for each."""
    pictures_per_clip: int
    dimension: int
    """d."""
    seed: int

    @property
    def owners(self) -> NDArray[np.int64]:
        """(n,) the number of each picture's clip."""
        return np.repeat(np.arange(len(self.clips)), self.pictures_per_clip)

    def small(self, count: int) -> Hall:
        """The first picture of the first `count` clips, on the same noise."""
        some = min(count, len(self.clips))
        return replace(
            self,
            clips=self.clips[:some],
            heard=self.heard.rows(torch.arange(some)),
            pictures_per_clip=1,
        )

    def truths(self) -> list[gold.Truth]:
        """(c,) what is true of each clip."""
        return [gold.truth_of(clip.point) for clip in self.clips]


@dataclass(frozen=True)
class Exhibition:
    """The pictures of one painter in a hall."""

    pictures: Pictures
    """(n, h, w, 3) RGB."""
    gold: Floats
    """(n, 3) gold utilities in the order of AXES, each for its own clip."""
    levels: NDArray[np.float32]
    """(n, v) what reward models read of the pictures."""

    def small(self, hall: Hall, count: int) -> Exhibition:
        """The part of it that hangs in `hall.small(count)`."""
        kept = np.arange(min(count, len(hall.clips))) * hall.pictures_per_clip
        return Exhibition(self.pictures[kept], self.gold[kept], self.levels[kept])


@dataclass(frozen=True)
class Singles:
    """(3,) mean gold over all clips of pictures that are the same for every clip."""

    constant: list[float]
    """The best picture of one colour, for each axis."""
    picture: list[float]
    """The best of the base painter's own pictures, for each axis."""


def exhibit(path: Path, atelier: Atelier, *, hall: Hall, adapter: AdapterChoice | None) -> None:
    """Paint, judge and embed; the result is kept in one .npz file."""
    tasks = evaluation_tasks(hall.clips, hall.pictures_per_clip, hall.seed)
    pictures = atelier.paint(tasks, adapter, stage="paint the held-out clips")
    truths = hall.truths()
    worth = gold.utilities(pictures, [truths[owner] for owner in hall.owners])
    embedder = load_embedder(atelier.profile.embedder)
    levels = embedder.embed_image_levels([Image.fromarray(picture) for picture in pictures])
    with whole_file(path) as partial:
        np.savez(partial, pictures=pictures, gold=worth, levels=levels)


def read_exhibition(path: Path) -> Exhibition:
    with np.load(path, allow_pickle=False) as content:
        return Exhibition(content["pictures"], content["gold"], content["levels"])


def proxy_of(model: RewardModel, hall: Hall, shown: Exhibition) -> Floats:
    """What a reward model says of each picture for its clip, (n,), standardised."""
    return rewards_of(model, hall.heard.rows(torch.from_numpy(hall.owners)), shown.levels)


def adherence_of(hall: Hall, shown: Exhibition) -> Adherence:
    return adherence(shown.pictures, [hall.clips[owner].point for owner in hall.owners])


def diversity_of(hall: Hall, shown: Exhibition) -> Diversity:
    rows = shown.levels[:, -hall.dimension :].astype(np.float64)
    return diversity(rows.reshape(len(hall.clips), hall.pictures_per_clip, -1))


def best_singles(hall: Hall, base: Exhibition) -> Singles:
    """How much is won by ignoring the clips."""
    truths = hall.truths()
    tried = np.unique(np.linspace(0, len(base.pictures) - 1, _SINGLES).round().astype(int))
    means = [
        gold.utilities(np.repeat(base.pictures[[row]], len(truths), axis=0), truths).mean(axis=0)
        for row in tried
    ]
    return Singles(gold.best_constant(truths).tolist(), np.max(means, axis=0).tolist())
