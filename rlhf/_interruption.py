"""Stops that wait for a consistent moment: a signal never falls between backward and step."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold SIGTERM and Ctrl-C back during the block, and let them act at its end."""
    arrived: list[tuple[int, FrameType | None]] = []
    try:
        previous = {
            number: signal.signal(number, lambda n, frame: arrived.append((n, frame)))
            for number in _SIGNALS
        }
    except ValueError:  # Not in the main thread: no signal is handled there.
        yield
        return
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    for arrival, frame in arrived:
        waiting = previous[signal.Signals(arrival)]
        if callable(waiting):
            waiting(arrival, frame)
