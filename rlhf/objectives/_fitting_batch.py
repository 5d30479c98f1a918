"""How many pictures at once a GPU holds: found by trying, when they were too many."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from rlhf._rollout import NotFinite
from rlhf.objectives._accumulation import accumulate
from rlhf.objectives._objective import Objective
from workbench.errors import RunFailed


@contextmanager
def told_which_batch_fits(objective: Objective) -> Iterator[None]:
    """In place of the GPU's own complaint, a RunFailed that says what would fit."""
    try:
        yield
        return
    except torch.cuda.OutOfMemoryError as error:
        # What the failed step still holds would be in the way of trying.
        traceback.clear_frames(error.__traceback__)
    settings = objective.settings
    tried = settings.micro_batch or max(settings.batch_size, settings.pretrain_batch_size)
    raise RunFailed(_sentence(objective, tried))


def _sentence(objective: Objective, tried: int) -> str:
    fitting = fitting_micro_batch(objective, tried)
    if fitting == tried:
        return (
            f"the GPU has too little memory, though a step of {tried} pictures at once fits: it "
            "was painting for the watch that did not; lower watch_pictures, or set watch_every to 0"
        )
    if fitting:
        return (
            f"the GPU has too little memory for {tried} pictures at once; micro_batch {fitting} "
            "fits, as was just tried, and learns the same from the same batch"
        )
    return (
        "the GPU has too little memory for a single picture; use saves_memory, precision bf16, a "
        "lower rank or smaller pictures"
    )


def fitting_micro_batch(objective: Objective, most: int) -> int:
    """The first of `most`, its half, the half of that, ... with which a step fits; else 0."""
    size = most
    while size and not _fits(objective, size):
        size //= 2
    return size


def _fits(objective: Objective, size: int) -> bool:
    """Whether the gradients of both losses fit for `size` pictures; nothing is learned."""
    settings = objective.settings
    objective.settings = settings.model_copy(update={"micro_batch": size})
    try:
        with objective.alone():
            generator = objective.generator(-1)
            for parts in (objective.closeness(generator), objective.lesson(generator)):
                accumulate(parts[:1], 1.0)
    except torch.cuda.OutOfMemoryError as error:
        traceback.clear_frames(error.__traceback__)
        return False
    except NotFinite:
        return True  # There was room for it.
    finally:
        objective.settings = settings
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    return True
