"""A small wavetable synthesiser: scores to mono samples."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from miniature.world.latents import Background
from miniature.world.music import Note, Score

Floats = NDArray[np.float32]

SAMPLE_RATE_HZ = 16_000
_TABLE = 2048
_PEAK = 0.7
_BACKGROUND_LEVEL = 0.16


class Timbre(NamedTuple):
    """How an instrument sounds.

    rolloff: overtone n has the strength n^-rolloff; odd_only leaves the even ones out.
    ratios: partials as multiples of the pitch, each its own wave (bells are not harmonic).
    attack_s, decay_s: seconds to the full level, and to 1/e of it; None holds the level.
    vibrato: depth as a share of the pitch. breath: share of noise.
    """

    rolloff: float
    attack_s: float
    decay_s: float | None
    odd_only: bool = False
    ratios: tuple[float, ...] = (1.0,)
    vibrato: float = 0.0
    breath: float = 0.0


TIMBRES: dict[str, Timbre] = {
    "piano": Timbre(1.7, 0.005, 0.55),
    "guitar": Timbre(1.3, 0.004, 0.40),
    "lute": Timbre(0.9, 0.003, 0.25),
    "double bass": Timbre(1.9, 0.010, 0.45),
    "synth bass": Timbre(0.8, 0.004, None),
    "synth": Timbre(0.7, 0.004, None, odd_only=True),
    "pad": Timbre(1.9, 0.250, None, ratios=(1.0, 1.006)),
    "drone": Timbre(1.1, 0.100, None, ratios=(1.0, 1.5)),
    "strings": Timbre(1.2, 0.120, None, ratios=(1.0, 1.004), vibrato=0.004),
    "fiddle": Timbre(0.9, 0.050, None, vibrato=0.008),
    "horn": Timbre(1.5, 0.080, None),
    "flute": Timbre(2.8, 0.060, None, vibrato=0.006, breath=0.05),
    "bell": Timbre(6.0, 0.002, 0.80, ratios=(1.0, 2.76, 5.40)),
    "marimba": Timbre(6.0, 0.002, 0.18, ratios=(1.0, 3.93)),
}
_RELEASE_S = 0.04


def render(score: Score, *, sample_rate_hz: int = SAMPLE_RATE_HZ) -> Floats:
    """Mono float32 samples in [-0.7, 0.7], as long as the score; equal scores sound equal."""
    seconds_per_beat = 60.0 / score.tempo_bpm
    track = np.zeros(round(score.duration_s * sample_rate_hz) + sample_rate_hz, dtype=np.float32)
    for note in score.notes:
        duration_s = note.duration * seconds_per_beat
        sound = _sound(note, duration_s, score.brightness, sample_rate_hz)
        start = round(note.onset * seconds_per_beat * sample_rate_hz)
        track[start : start + len(sound)] += sound[: len(track) - start]
    track = track[: round(score.duration_s * sample_rate_hz)]
    if score.background is not None:
        loudest = float(np.abs(track).max())
        track = track + _BACKGROUND_LEVEL * loudest * _background(
            score.background, len(track), sample_rate_hz
        )
    # Excited music is louder, as recordings are.
    level = _PEAK * (0.55 + 0.45 * score.brightness) / max(float(np.abs(track).max()), 1e-6)
    return np.asarray(track * level, dtype=np.float32)


def _sound(note: Note, duration_s: float, brightness: float, rate_hz: int) -> Floats:
    if note.instrument == "drums":
        return _drum(note.pitch, rate_hz) * np.float32(note.velocity)
    timbre = TIMBRES[note.instrument]
    hertz = 440.0 * 2.0 ** ((note.pitch - 69) / 12.0)
    count = round((duration_s + _RELEASE_S) * rate_hz)
    t = (np.arange(count) / rate_hz).astype(np.float32)
    phase = hertz * t
    if timbre.vibrato:
        phase = phase + hertz * timbre.vibrato / 5.5 * (1 - np.cos(2 * np.pi * 5.5 * t)) / 6.3
    step = round(4 * (1.0 - brightness))
    wave = np.zeros_like(t)
    for rank, ratio in enumerate(timbre.ratios):
        overtones = max(1, min(24, int(0.45 * rate_hz / (hertz * ratio))))
        table = _wave(timbre.rolloff, timbre.odd_only, step, overtones)
        index = (phase * ratio % 1.0 * _TABLE).astype(np.int32) % _TABLE
        wave += table[index] / (1 + rank)
    if timbre.breath:
        noise = np.random.default_rng(note.pitch).normal(0, timbre.breath, len(t))
        wave += noise.astype(np.float32)
    loudness = _envelope(t, timbre, duration_s) * np.float32(0.3 * note.velocity)
    return np.asarray(wave * loudness, dtype=np.float32)


def _envelope(t: Floats, timbre: Timbre, duration_s: float) -> Floats:
    level = np.minimum(t / timbre.attack_s, 1.0)
    if timbre.decay_s is not None:
        level = level * np.exp(-t / timbre.decay_s)
    return np.asarray(level * np.clip((duration_s + _RELEASE_S - t) / _RELEASE_S, 0.0, 1.0))


@cache
def _wave(rolloff: float, odd_only: bool, dullness: int, overtones: int) -> Floats:
    """One period; `dullness` 0 (bright) to 4 takes the overtones down further."""
    x = np.arange(_TABLE) / _TABLE
    numbers = range(1, overtones + 1, 2 if odd_only else 1)
    parts = [np.sin(2 * np.pi * n * x) * n ** -(rolloff + 0.2 * dullness) for n in numbers]
    wave = np.sum(parts, axis=0)
    return np.asarray(wave / np.abs(wave).max(), dtype=np.float32)


@cache
def _drum(pitch: int, rate_hz: int) -> Floats:
    """One stroke; the numbers are those of `Note`."""
    t = np.arange(round(0.25 * rate_hz)) / rate_hz
    noise = np.random.default_rng(pitch).normal(0, 1, len(t))
    if pitch == 36:
        sound = np.sin(2 * np.pi * (50 * t + 6 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.09)
    elif pitch == 38:
        tone = np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.05)
        sound = 0.5 * noise * np.exp(-t / 0.06) + 0.4 * tone
    elif pitch == 40:
        sound = 0.35 * _smoothed(noise, 3) * np.sin(np.pi * np.minimum(t / 0.22, 1.0))
    elif pitch == 63:
        sound = np.sin(2 * np.pi * (300 * t + 2 * (1 - np.exp(-t / 0.02)))) * np.exp(-t / 0.05)
    elif pitch == 82:
        sound = 0.3 * np.diff(noise, prepend=0.0) * np.sin(np.pi * np.minimum(t / 0.09, 1.0))
    else:
        sound = 0.5 * np.diff(noise, prepend=0.0) * np.exp(-t / 0.02)
    return np.asarray(0.6 * sound, dtype=np.float32)


@cache
def _background(kind: Background, count: int, rate_hz: int) -> Floats:
    """What surrounds the music, with a peak of 1."""
    rng = np.random.default_rng(11)
    t = np.arange(count) / rate_hz
    if kind == "crickets":
        sound = np.sin(2 * np.pi * 4300 * t) * (np.sin(2 * np.pi * 28 * t) > 0.2)
        sound = sound * (np.sin(2 * np.pi * 1.7 * t) > -0.2)
    elif kind == "birds":
        sound = np.zeros(count)
        for start in np.arange(0.05, count / rate_hz, 0.37) + rng.uniform(0, 0.2):
            since = t - start
            sweep = np.sin(2 * np.pi * (2600 * since + 6000 * since**2))
            sound += sweep * (since > 0) * (since < 0.16) * np.sin(np.pi * since / 0.16)
    elif kind == "wind":
        swell = 0.6 + 0.4 * np.sin(2 * np.pi * 0.4 * t)
        sound = _smoothed(rng.normal(0, 1, count), 12) * swell
    elif kind == "thunder":
        sound = _smoothed(rng.normal(0, 1, count), 160)
    else:
        # Each crackle is one short burst of bright noise.
        struck = (rng.random(count) < 25 / rate_hz).astype(float)
        burst = rng.normal(0, 1, 160) * np.exp(-np.arange(160) / 40)
        sound = np.convolve(struck, burst)[:count]
    return np.asarray(sound / max(float(np.abs(sound).max()), 1e-6), dtype=np.float32)


def _smoothed(noise: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Noise without its fast part: the mean of `width` neighbours, at unit sd."""
    smooth = np.convolve(noise, np.ones(width), mode="same")
    return smooth / max(float(smooth.std()), 1e-9)
