"""One run in several processes, on one machine or many, as torchrun and accelerate start them.

Every process draws the random numbers of the whole batch, works on its own rows, and adds its
gradients to those of the others, so all take the step that one process would take. The main process
alone writes, watches and talks. Letters in shapes: n rows.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from accelerate import PartialState
from accelerate.utils import (
    broadcast_object_list,
    gather,
    gather_object,
    get_int_from_env,
    reduce,
    wait_for_everyone,
)
from torch import Tensor

from rlhf._rollout import NotFinite
from rlhf.refine_settings import RefineSettings
from workbench.errors import BadInput, RunFailed, RunInterrupted

Found = TypeVar("Found")
Item = TypeVar("Item")

# The others wait while the main process paints what it watches, which may take a while.
_PATIENCE = timedelta(hours=2)


@dataclass(frozen=True)
class Processes:
    """This process among those of its run. All of them have to call its methods alike."""

    rank: int = 0
    count: int = 1

    @property
    def is_main(self) -> bool:
        return self.rank == 0

    def check(self, settings: RefineSettings) -> None:
        """Raises BadInput for batches that cannot be shared out evenly."""
        for name in ("batch_size", "pretrain_batch_size"):
            size = getattr(settings, name)
            if size % self.count:
                raise BadInput(
                    f"{name} is {size}, which {self.count} processes cannot share evenly; make it "
                    f"a multiple of {self.count}, or start another number of processes"
                )

    def rows_of(self, count: int) -> slice:
        """Which of `count` rows are this process's; `count` is a multiple of the processes."""
        share = count // self.count
        return slice(self.rank * share, (self.rank + 1) * share)

    def wait(self) -> None:
        """Until all are here."""
        if self.count > 1:
            with _told_of_loss():
                wait_for_everyone()

    def add_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Give each parameter the sum of its gradients over the processes."""
        if self.count == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        if not gradients:
            return
        with _told_of_loss():
            whole = reduce(torch.cat([row.reshape(-1) for row in gradients]), reduction="sum")
        for row, part in zip(gradients, whole.split([r.numel() for r in gradients]), strict=True):
            row.copy_(part.reshape(row.shape))

    def summed(self, facts: Mapping[str, float]) -> dict[str, float]:
        """The same facts, added up over the processes."""
        if self.count == 1:
            return dict(facts)
        shares = self.every([dict(facts)])
        return {name: sum(share[name] for share in shares) for name in facts}

    def joined(self, rows: Tensor) -> Tensor:
        """The rows of all processes in their order, from this one's (n, ...); no gradient."""
        if self.count == 1:
            return rows
        with _told_of_loss():
            whole: Tensor = gather(rows.detach())
        return whole

    def every(self, items: list[Item]) -> list[Item]:
        """The items of all processes, one process after the other."""
        if self.count == 1:
            return items
        with _told_of_loss():
            whole: list[Item] = gather_object(items)
        return whole

    def any(self, is_so: bool) -> bool:
        """Whether it is so in any of them."""
        return True in self.every([is_so])

    def from_main(self, work: Callable[[], Found]) -> Found:
        """What `work` finds in the main process, for all of them.

        When it raises there, the others are interrupted.
        """
        if self.count == 1:
            return work()
        told: list[Found | None] = [None]
        is_done = [False]
        try:
            if self.is_main:
                told, is_done = [work()], [True]
        finally:
            with _told_of_loss():
                broadcast_object_list(is_done)
        if not is_done[0]:
            raise RunInterrupted("the main process was stopped")
        with _told_of_loss():
            broadcast_object_list(told)
        return told[0]  # type: ignore[return-value]

    @contextmanager
    def in_step(self) -> Iterator[None]:
        """A block without any exchange; what goes wrong in one process is raised in all."""
        trouble: list[Exception] = []
        try:
            yield
        except (NotFinite, torch.cuda.OutOfMemoryError) as error:
            if self.count == 1:
                raise
            trouble = [error]
        for shared in self.every(trouble):
            raise shared


ALONE = Processes()


def joined_processes(device: str) -> Processes:
    """The processes that this one was started with; `device` is "cpu" or "cuda"."""
    if get_int_from_env(["WORLD_SIZE"], 1) == 1:
        return ALONE
    state = PartialState(cpu=device == "cpu", timeout=_PATIENCE)
    atexit.register(_leave)
    return Processes(state.process_index, state.num_processes)


def _leave() -> None:
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


@contextmanager
def _told_of_loss() -> Iterator[None]:
    """What the libraries raise when another process is gone, as one sentence."""
    try:
        yield
    except RuntimeError as error:
        raise RunFailed(
            "another process of this run has ended, so the step could not be finished; see what it "
            f"said, and go on from the last checkpoint with --resume ({str(error).splitlines()[0]})"
        ) from None
