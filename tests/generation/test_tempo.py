from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generation._tempo import track_beats
from generation.audio import Recording
from tests.generation.music import RATE_HZ, song


def recording(samples: np.ndarray) -> Recording:
    return Recording(Path("song.wav"), samples.astype(np.float32), RATE_HZ)


@pytest.mark.parametrize("bpm", [72.0, 100.0, 143.0])
def test_track_beats_hears_the_tempo_within_two_percent(bpm: float) -> None:
    beats = track_beats(recording(song(bpm=bpm, bars=8)))

    assert beats is not None
    assert beats.bpm == pytest.approx(bpm, rel=0.02)
    assert beats.regularity > 0.5


def test_track_beats_of_a_constant_is_none() -> None:
    assert track_beats(recording(np.full(3 * RATE_HZ, 0.5))) is None


def test_track_beats_of_one_second_of_noise_is_none() -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(RATE_HZ)

    assert track_beats(recording(noise)) is None
