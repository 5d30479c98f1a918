from __future__ import annotations

import pytest

from benchmarks import rewards

_TINY = {
    "PAIRS": 64,
    "EPOCHS": 3,
    "BATCH": 32,
    "WIDTH": 32,
    "ALL_WIDTH": 96,
    "PICTURES": 20,
    "CLIPS": 5,
    "REPEATS": 2,
}


@pytest.fixture
def tiny(monkeypatch):
    for name, value in _TINY.items():
        monkeypatch.setattr(rewards, name, value)


@pytest.mark.parametrize(("width", "reads"), [(32, "embedding"), (96, "all")])
def test_a_training_tells_its_epochs_but_the_first(tiny, width, reads):
    starts: list[float] = []
    seconds = rewards._training(0, starts, width=width, reads=reads)()
    assert len(seconds) == 2
    assert min(seconds) > 0
    assert len(starts) == 1


def test_medians_are_of_everything_that_a_work_told(tiny):
    told = iter([[1.0, 5.0], [3.0]])
    assert rewards._medians({"work": lambda: next(told)}) == {"work": 3.0}
