from __future__ import annotations

import os
import signal

import pytest

from rlhf._interruption import uninterrupted


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_acts_at_the_end_of_the_block(number):
    happened = []

    def note(received: int, frame: object) -> None:
        happened.append(signal.Signals(received))

    previous = signal.signal(number, note)
    try:
        with uninterrupted():
            os.kill(os.getpid(), number)
            happened.append("block")
        assert happened == ["block", number]
        assert signal.getsignal(number) is note
    finally:
        signal.signal(number, previous)


def test_an_error_in_the_block_puts_the_handlers_back():
    previous = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ZeroDivisionError), uninterrupted():
        _ = 1 / 0
    assert signal.getsignal(signal.SIGTERM) is previous
