from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generation._key import KEYS, PITCH_CLASSES, estimate_key, key_of_chroma
from generation.audio import Recording
from tests.generation.music import RATE_HZ, song


def recording(samples: np.ndarray) -> Recording:
    return Recording(Path("song.wav"), samples.astype(np.float32), RATE_HZ)


@pytest.mark.parametrize("tonic", [0, 3, 7])
@pytest.mark.parametrize("mode", ["major", "minor"])
def test_estimate_key_hears_the_key_of_a_song(tonic: int, mode: str) -> None:
    estimate = estimate_key(recording(song(tonic=tonic, mode=mode, bars=8)))

    assert estimate is not None
    assert estimate.best == f"{PITCH_CLASSES[tonic]} {mode}"


def test_estimate_key_follows_a_song_tuned_a_third_of_a_semitone_high() -> None:
    samples = song(tonic=0, mode="major", bars=8)
    sharper = np.interp(np.arange(0, len(samples), 2 ** (1 / 36)), range(len(samples)), samples)

    estimate = estimate_key(recording(sharper))

    assert estimate is not None
    assert estimate.best == "C major"


@pytest.mark.parametrize(
    "samples",
    [
        0.1 * np.random.default_rng(0).standard_normal(3 * RATE_HZ),
        np.full(3 * RATE_HZ, 0.5),
        np.eye(1, 3 * RATE_HZ, RATE_HZ)[0],
    ],
    ids=["noise", "constant", "one click"],
)
def test_estimate_key_of_what_has_no_pitch_is_none(samples: np.ndarray) -> None:
    assert estimate_key(recording(samples)) is None


def test_key_of_chroma_ranks_all_keys_and_gives_the_margin() -> None:
    # Temperley's own major profile, so the correlation with C major is 1.
    chroma = np.array([5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0])

    estimate = key_of_chroma(chroma)

    assert estimate is not None
    assert sorted(estimate.ranked) == sorted(KEYS)
    assert estimate.best == "C major"
    assert {*estimate.ranked[1:3]} == {"F major", "G major"}  # A fifth down and up are as near.
    g_major = np.roll(chroma, 7)
    assert estimate.margin == pytest.approx(1.0 - np.corrcoef(chroma, g_major)[0, 1])
    assert estimate.best_in("minor") in {"A minor", "E minor"}


@pytest.mark.parametrize("value", [0.0, 1.0, np.nan])
def test_key_of_flat_chroma_is_none(value: float) -> None:
    assert key_of_chroma(np.full(12, value)) is None
