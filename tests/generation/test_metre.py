from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generation._metre import estimate_metre, metre_of_accents
from generation._tempo import track_beats
from generation.audio import Recording
from tests.generation.music import RATE_HZ, song


@pytest.mark.parametrize("beats_per_bar", [3, 4])
@pytest.mark.parametrize("bpm", [90.0, 132.0])
def test_estimate_metre_hears_the_bars_of_a_song(beats_per_bar: int, bpm: float) -> None:
    samples = song(bpm=bpm, beats_per_bar=beats_per_bar, bars=12).astype(np.float32)
    recording = Recording(Path("song.wav"), samples, RATE_HZ)
    beats = track_beats(recording)
    assert beats is not None

    metre = estimate_metre(recording, beats)

    assert metre is not None
    assert metre.value == f"{beats_per_bar}/4"


def test_metre_of_accents_adds_contrast_and_likeness_at_a_bar() -> None:
    accents = np.tile([3.0, -1.0, -1.0, -1.0], 6)

    metre = metre_of_accents(accents)

    assert metre is not None
    # 4: contrast 3 - (-1) = 4, and 20 of 24 products overlap one bar later.
    # 3: each phase holds 2 of the 6 accents in 8 beats, mean 0, as do the others: contrast 0;
    #    beats three apart are an accent and a weak one (10 or 11 times -3) or two weak ones.
    products = accents[3:] @ accents[:-3] / (accents @ accents)
    assert metre.value == "4/4"
    assert metre.margin == pytest.approx(4 + 20 / 24 - products)


def test_metre_of_too_few_beats_is_none() -> None:
    assert metre_of_accents(np.tile([2.0, -1.0, -1.0], 5)) is None


def test_metre_of_equal_accents_is_none() -> None:
    assert metre_of_accents(np.zeros(32)) is None


def test_metre_of_accents_without_order_is_none() -> None:
    assert metre_of_accents(np.random.default_rng(0).standard_normal(400)) is None
