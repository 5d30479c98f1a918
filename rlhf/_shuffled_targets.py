"""The shuffled control: every picture is rewarded for another clip's music and text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rlhf._refinement_data import Briefs
from rlhf.refine_settings import RefineSettings
from workbench.errors import BadInput


def rewarded_clips(briefs: Briefs, settings: RefineSettings) -> dict[str, str]:
    """Another clip for each, among those trained on and among those watched; {} for `own`.

    The watch follows the wrong targets too: a control is the same procedure in all but its aim,
    and a step chosen by the right ones would aim after all. Raises BadInput for a single clip.
    """
    if settings.targets == "own":
        return {}
    watched = {brief.clip_id for brief in briefs.watched} if settings.watch_every else set()
    train = {brief.clip_id for brief in briefs.train}
    seed = settings.seed
    return _exchanged("train on", train, seed) | _exchanged("watch", watched, seed)


def _exchanged(what_for: str, clip_ids: set[str], seed: int) -> dict[str, str]:
    if len(clip_ids) == 1:
        raise BadInput(
            f"targets are to be shuffled, but there is only the clip {min(clip_ids)!r} to "
            f"{what_for}; judge more clips"
        )
    names = sorted(clip_ids)
    order = cyclic_shuffle(len(names), np.random.default_rng(seed))
    return {name: names[other] for name, other in zip(names, order, strict=True)}


def cyclic_shuffle(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """A random permutation of one cycle: of two or more, nothing stays in place (Sattolo 1986)."""
    order = np.arange(count)
    for last in range(count - 1, 0, -1):
        other = int(rng.integers(last))
        order[[last, other]] = order[[other, last]]
    return order
