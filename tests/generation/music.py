"""Rendered music of known key, tempo and metre."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

Samples = npt.NDArray[np.float64]

RATE_HZ = 22_050
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
_DEGREES = (0, 3, 4, 0, 5, 3, 4, 0)


def song(
    *,
    tonic: int = 9,
    mode: str = "minor",
    bpm: float = 120.0,
    beats_per_bar: int = 4,
    bars: int = 12,
    seed: int = 0,
) -> Samples:
    """Chords I IV V I VI IV V I, a tick on each beat, a bass drum on each first one.

    tonic: pitch class, 0 = C. Returns shape (n,), float64, in [-1, 1], at RATE_HZ.
    """
    beat_s = 60.0 / bpm
    length = int((bars * beats_per_bar * beat_s + 0.5) * RATE_HZ)
    out = np.zeros(length)
    generator = np.random.default_rng(seed)
    for beat in range(bars * beats_per_bar):
        start = int(beat * beat_s * RATE_HZ)
        bar, place = divmod(beat, beats_per_bar)
        chord = _chord(tonic, mode, _DEGREES[bar % len(_DEGREES)])
        _add(out, start, _tones(chord, beat_s, loudness=0.12 if place == 0 else 0.05))
        _add(out, start, _tick(generator))
        if place == 0:
            _add(out, start, _kick())
    return 0.8 * out / np.abs(out).max()


def save_song(path: Path, **music: object) -> Path:
    soundfile.write(path, song(**music), RATE_HZ)  # type: ignore[arg-type]
    return path


def _chord(tonic: int, mode: str, degree: int) -> list[int]:
    scale = _SCALES[mode]
    steps = [degree + offset for offset in (0, 2, 4)]
    return [48 + tonic + scale[step % 7] + 12 * (step // 7) for step in steps]


def _tones(midi: list[int], duration_s: float, loudness: float) -> Samples:
    time = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    envelope = np.minimum(1.0, time / 0.01) * np.exp(-time / (0.6 * duration_s))
    pitches = [440.0 * 2 ** ((note - 69) / 12) for note in midi]
    waves = [
        np.sin(2 * np.pi * harmonic * hz * time) / harmonic**1.5
        for hz in pitches
        for harmonic in range(1, 5)
    ]
    return loudness * envelope * np.sum(waves, axis=0)


def _kick() -> Samples:
    time = np.arange(int(0.12 * RATE_HZ)) / RATE_HZ
    return 0.8 * np.sin(2 * np.pi * 60.0 * time) * np.exp(-time / 0.04)


def _tick(generator: np.random.Generator) -> Samples:
    time = np.arange(int(0.03 * RATE_HZ)) / RATE_HZ
    return 0.15 * generator.standard_normal(len(time)) * np.exp(-time / 0.006)


def _add(out: Samples, start: int, sound: Samples) -> None:
    end = min(len(out), start + len(sound))
    out[start:end] += sound[: end - start]
