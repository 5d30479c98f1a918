"""The held-out clips, and what is painted for each.

Letters in shapes: n = c clips x p pictures each, one clip after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rlhf._pretraining_set import Brief
from workbench.errors import BadInput


class Task(NamedTuple):
    """One picture to paint."""

    prompt: str
    seed: int


@dataclass(frozen=True)
class Hall:
    """One brief for each of c clips, of which p pictures are painted."""

    briefs: tuple[Brief, ...]
    per_clip: int
    seed: int

    @property
    def owners(self) -> NDArray[np.int64]:
        """(n,) the number of each picture's clip."""
        return np.repeat(np.arange(len(self.briefs)), self.per_clip)

    def small(self, count: int) -> Hall:
        """The first picture of the first `count` clips, on the same noise."""
        return replace(self, briefs=self.briefs[:count], per_clip=1)

    def tasks(self, candidate: int = 0) -> list[Task]:
        """What to paint, (n,). Painters that are compared get the same prompts and noise.

        candidate: 0 is the picture itself, further numbers are the same prompts on other noise.
        """
        return [
            Task(brief.prompt, _noise_seed(self.seed, clip, number, candidate))
            for clip, brief in enumerate(self.briefs)
            for number in range(self.per_clip)
        ]


def hall_of(held_out: Sequence[Brief], *, clips: int, per_clip: int, seed: int) -> Hall:
    """`clips` of the held-out clips by lot, or all of them, each with one of its prompts.

    Raises BadInput for fewer than two clips, among which nothing can be compared.
    """
    by_clip: dict[str, list[Brief]] = {}
    for brief in held_out:
        by_clip.setdefault(brief.clip_id, []).append(brief)
    if len(by_clip) < 2:
        raise BadInput(
            f"the snapshot holds out {len(by_clip)} clips that can be painted; at least 2 are "
            "needed to tell prompts apart"
        )
    names = sorted(by_clip)
    drawn = np.random.default_rng(seed).permutation(len(names))[:clips]
    # A clip may have several prompts; taking turns, both plain and elaborate ones are painted.
    briefs = tuple(_turn(by_clip[names[row]], turn) for turn, row in enumerate(drawn))
    return Hall(briefs, per_clip, seed)


def _turn(briefs: Sequence[Brief], turn: int) -> Brief:
    return briefs[turn % len(briefs)]


def _noise_seed(*what: int) -> int:
    """A seed of 32 bits for the noise of one picture, by what it is for."""
    return int(np.random.SeedSequence(what).generate_state(1)[0])
