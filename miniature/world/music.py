"""Compose the short score of a point of the world: key, tempo and metre are known by making."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from miniature.world.latents import Background, Latents, Mode, Percussion

SCALES: dict[Mode, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
}
# Degrees of the scale, counted from 0, one per bar; every progression begins and ends at home.
_PROGRESSIONS: dict[Mode, tuple[tuple[int, ...], ...]] = {
    "major": ((0, 3, 4, 0), (0, 5, 3, 4), (0, 4, 5, 3), (0, 3, 0, 4)),
    "minor": ((0, 3, 4, 0), (0, 5, 2, 6), (0, 6, 5, 6), (0, 3, 6, 0)),
}
_HOME = 0


class Note(NamedTuple):
    """One sound. onset and duration in beats; pitch as MIDI number (60 = middle C).

    Drums have the numbers of General MIDI: kick 36, snare 38, brushes 40, hat 42, hand drum 63,
    shaker 82.

    velocity in (0, 1].
    """

    onset: float
    duration: float
    pitch: int
    velocity: float
    instrument: str


@dataclass(frozen=True)
class Score:
    """Notes and what is true of them."""

    notes: tuple[Note, ...]
    beats: int
    tonic: int
    mode: Mode
    tempo_bpm: float
    beats_per_bar: int
    brightness: float
    """How strong the overtones are, in [0, 1]: excited music is brighter."""
    background: Background | None = None
    """What is heard around the music."""

    @property
    def duration_s(self) -> float:
        return self.beats * 60.0 / self.tempo_bpm


def compose(latents: Latents, *, duration_s: float = 6.0) -> Score:
    """Whole bars of about `duration_s` seconds, at least two; equal latents give equal scores."""
    rng = np.random.default_rng((latents.seed, 2))
    beats_per_bar = latents.beats_per_bar
    bars = max(2, round(duration_s * latents.tempo_bpm / 60.0 / beats_per_bar))
    progressions = _PROGRESSIONS[latents.mode]
    chords = progressions[int(rng.integers(len(progressions)))]
    notes: list[Note] = []
    for bar in range(bars):
        degree = _HOME if bar == bars - 1 else chords[bar % len(chords)]
        notes += _accompaniment(latents, bar, degree)
        if latents.genre.has_drums:
            notes += _drums(latents, bar)
        notes += _percussion(latents.percussion, bar, beats_per_bar)
    notes += _melody(latents, bars, chords, rng)
    return Score(
        notes=tuple(sorted(notes)),
        beats=bars * beats_per_bar,
        tonic=latents.tonic,
        mode=latents.mode,
        tempo_bpm=latents.tempo_bpm,
        beats_per_bar=beats_per_bar,
        brightness=0.5 + 0.45 * latents.arousal,
        background=latents.background,
    )


def pitch_of(tonic: int, mode: Mode, degree: int, *, lowest: int) -> int:
    """MIDI pitch of a degree of the scale (7 is the next octave); degree 0 is at least `lowest`."""
    octave, step = divmod(degree, 7)
    home = lowest + (tonic - lowest) % 12
    return home + 12 * octave + SCALES[mode][step]


def _accompaniment(latents: Latents, bar: int, degree: int) -> list[Note]:
    """Bass on the first beat, softer on the others, and the chord as the point's figure has it."""
    start, length = bar * latents.beats_per_bar, latents.beats_per_bar

    def note(onset: float, duration: float, step: int, low: int, velocity: float) -> Note:
        pitch = pitch_of(latents.tonic, latents.mode, step, lowest=low)
        return Note(start + onset, duration, pitch, velocity, latents.accompaniment)

    notes = [note(0, 1.0, degree, 36, 0.9)]
    notes += [note(beat, 0.9, degree, 36, 0.35) for beat in range(1, length)]
    if latents.figure == "held":
        return [*notes, *(note(0, length, degree + step, 48, 0.45) for step in (0, 2, 4))]
    if latents.figure == "chords":
        chords = [(beat, step) for beat in range(1, length) for step in (0, 2, 4)]
        return [*notes, *(note(beat, 0.9, degree + step, 48, 0.4) for beat, step in chords)]
    halves = range(2 * length)
    if latents.figure == "arpeggio":
        steps = [(0, 2, 4, 7)[min(half, 2 * length - 1 - half) % 4] for half in halves]
    else:
        steps = [half - (7 if half + degree > 9 else 0) for half in halves]
    return [
        *notes,
        *(note(half / 2, 0.45, degree + step, 48, 0.5) for half, step in enumerate(steps)),
    ]


def _percussion(kind: Percussion, bar: int, length: int) -> list[Note]:
    """A shaker on every half beat, brushes on every beat, or a hand drum before each beat."""
    start = bar * length
    if kind == "shaker":
        halves = range(2 * length)
        return [Note(start + h / 2, 0.25, 82, 0.5 - 0.2 * (h % 2), "drums") for h in halves]
    if kind == "brushes":
        return [Note(start + beat, 0.9, 40, 0.5, "drums") for beat in range(length)]
    if kind == "hand drum":
        struck = [(float(beat), 0.6) for beat in range(length)]
        struck += [(beat + 0.75, 0.4) for beat in range(length)]
        return [Note(start + beat, 0.25, 63, velocity, "drums") for beat, velocity in struck]
    return []


def _drums(latents: Latents, bar: int) -> list[Note]:
    start, length = bar * latents.beats_per_bar, latents.beats_per_bar
    notes = [Note(start, 0.5, 36, 1.0, "drums")]
    for beat in range(length):
        is_back_beat = beat % 2 == 1 if length == 4 else beat > 0
        if is_back_beat:
            notes.append(Note(start + beat, 0.5, 38, 0.45, "drums"))
        notes.append(Note(start + beat, 0.25, 42, 0.3, "drums"))
        if latents.arousal > 0.2:
            notes.append(Note(start + beat + 0.5, 0.25, 42, 0.2, "drums"))
    return notes


def _melody(
    latents: Latents, bars: int, chords: tuple[int, ...], rng: np.random.Generator
) -> list[Note]:
    """A walk on the scale that rests on chord notes where a bar begins; lively when excited.

    Glad melodies lie higher and their notes are shorter (Gabrielsson & Lindstrom 2010).
    """
    notes: list[Note] = []
    position, total = 0.0, bars * latents.beats_per_bar
    degree = int(rng.choice([0, 2, 4]))
    lengths = (0.5, 1.0, 2.0)
    lowest = 63 + round(8 * latents.valence)
    sounding = 0.68 - 0.27 * latents.valence
    wish = np.array([1.2 + latents.arousal, 1.0, 0.7 - 0.5 * latents.arousal])
    while position < total:
        if position >= total - latents.beats_per_bar:
            length, degree = total - position, _HOME
        else:
            length = lengths[int(rng.choice(3, p=wish / wish.sum()))]
            length = min(length, total - latents.beats_per_bar - position)
            if position % latents.beats_per_bar == 0:
                chord = chords[int(position // latents.beats_per_bar) % len(chords)]
                degree = chord % 7 + int(rng.choice([0, 2, 4])) - (7 if chord > 4 else 0)
            else:
                degree = int(np.clip(degree + rng.choice([-2, -1, 1, 2]), -3, 9))
        pitch = pitch_of(latents.tonic, latents.mode, degree, lowest=lowest)
        velocity = 0.85 if position % latents.beats_per_bar == 0 else 0.6
        notes.append(Note(position, length * sounding, pitch, velocity, latents.lead))
        position += length
    return notes
