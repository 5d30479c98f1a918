from __future__ import annotations

import pytest
import torch

from rlhf.objectives._fitting_batch import told_which_batch_fits
from tests.rlhf.objectives.test_policy_gradients import Warmth
from workbench.errors import RunFailed


class Narrow(Warmth):
    """A reward that runs out of memory, as a GPU does, beyond some pictures at once."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def said(self, images, clips, others):
        if len(images) > self.room:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
        return super().said(images, clips, others)


@pytest.mark.parametrize("name", ["refl", "grpo"])
@pytest.mark.parametrize(
    ("room", "told"),
    [
        (3, "too little memory for 8 pictures at once; micro_batch 2 fits, as was just tried"),
        (0, "too little memory for a single picture; use saves_memory, precision bf16"),
    ],
)
def test_batch_that_would_fit_is_named(workshop, name, room, told):
    shop = workshop(name, reward=Narrow(room), batch_size=8, margin_sd=100.0)
    before = shop.state()
    optimizer = torch.optim.AdamW(shop.parameters, lr=1e-2)
    with pytest.raises(RunFailed, match=told), told_which_batch_fits(shop.objective):
        shop.objective.step(0, 1.0, shop.parameters, optimizer)
    assert all(torch.equal(value, before[key]) for key, value in shop.state().items())
    assert shop.objective.settings.micro_batch == 0


def test_memory_that_only_the_watch_lacks_is_told_apart(workshop):
    shop = workshop("refl", reward=Narrow(8), batch_size=4)
    with (
        pytest.raises(RunFailed, match="a step of 4 pictures at once fits: it was painting for"),
        told_which_batch_fits(shop.objective),
    ):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
