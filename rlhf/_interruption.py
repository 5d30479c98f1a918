"""Stops that wait for a consistent moment, and the sentence that says how to go on after them."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from workbench.errors import RunInterrupted
from workbench.run_folder import RunFolder

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Resumable(RunInterrupted):
    """A run was stopped, and the sentence says how to go on."""

    def __init__(self, where: str) -> None:
        super().__init__(f"stopped {where}; go on with --resume")


@contextmanager
def held_back() -> Iterator[Callable[[], bool]]:
    """Hold SIGTERM and Ctrl-C back during the block, and let them act at its end.

    Yields what tells whether one has come. A block that ends by an exception of its own has
    answered it: nothing acts then.
    """
    arrived: list[tuple[int, FrameType | None]] = []
    try:
        previous = {
            number: signal.signal(number, lambda n, frame: arrived.append((n, frame)))
            for number in _SIGNALS
        }
    except ValueError:  # Not in the main thread: no signal is handled there.
        yield lambda: False
        return
    try:
        yield lambda: bool(arrived)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    for arrival, frame in arrived:
        waiting = previous[signal.Signals(arrival)]
        if callable(waiting):
            waiting(arrival, frame)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A block that no signal falls into, such as between backward and step."""
    with held_back():
        yield


@contextmanager
def told_how_to_go_on(run: RunFolder) -> Iterator[None]:
    """A stop anywhere in a run becomes one sentence, by SIGTERM as by Ctrl-C."""
    try:
        yield
    except Resumable:
        raise
    except (RunInterrupted, KeyboardInterrupt):
        raise Resumable(f"during {run.stage!r}" if run.stage else "at the start") from None
