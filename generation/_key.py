"""The key of a recording, by correlating its mean chroma with key profiles."""

from __future__ import annotations

from typing import NamedTuple

import librosa
import numpy as np
import numpy.typing as npt
from librosa import pitch_tuning
from librosa.feature import chroma_stft

from generation.audio import Recording

PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
KEYS = tuple(f"{tonic} {mode}" for mode in ("major", "minor") for tonic in PITCH_CLASSES)

_FFT = 8192
_HOP = 4096
_FLAT = 0.1
"""Coefficient of variation of the mean chroma up to which it is noise: noise and drums have .06 to
.08, nine recordings of music .15 to .94."""
# Temperley, "What's Key for Key?" (1999). On recordings they beat Krumhansl's, whose weights were
# measured on listeners and mistake a key for its fifth more often.
_MAJOR = (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0)
_MINOR = (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0)


class KeyEstimate(NamedTuple):
    """ranked: all 24 names such as "A minor", likeliest first.

    margin: correlation with the first profile minus that with the second, >= 0.
    """

    ranked: tuple[str, ...]
    margin: float

    @property
    def best(self) -> str:
        return self.ranked[0]

    def best_in(self, mode: str) -> str:
        """The likeliest key of one mode, "major" or "minor"."""
        return next(name for name in self.ranked if name.endswith(mode))


def estimate_key(recording: Recording) -> KeyEstimate | None:
    """The likeliest of 24 keys; None when no pitch stands out at all."""
    rate = recording.sample_rate_hz
    power = np.abs(librosa.stft(recording.samples, n_fft=_FFT, hop_length=_HOP)) ** 2
    pitches, magnitudes = librosa.piptrack(S=power, sr=rate, n_fft=_FFT)
    is_pitch = pitches > 0
    if not is_pitch.any():
        return None
    is_strong = is_pitch & (magnitudes >= np.median(magnitudes[is_pitch]))
    chroma = chroma_stft(
        S=power, sr=rate, n_fft=_FFT, hop_length=_HOP, tuning=pitch_tuning(pitches[is_strong])
    )
    return key_of_chroma(chroma.mean(axis=1))


def key_of_chroma(chroma: npt.NDArray[np.floating]) -> KeyEstimate | None:
    """Pearson correlation with each profile in each transposition.

    chroma: shape (12,), float, >= 0, from C; None when it is as flat as noise, or not finite.
    """
    if not np.isfinite(chroma).all() or np.std(chroma) <= _FLAT * np.mean(chroma):
        return None
    profiles = np.array([np.roll(p, tonic) for p in (_MAJOR, _MINOR) for tonic in range(12)])
    correlations = np.corrcoef(chroma, profiles)[0, 1:]  # (24,)
    order = np.argsort(-correlations, kind="stable")
    margin = float(correlations[order[0]] - correlations[order[1]])
    return KeyEstimate(tuple(KEYS[place] for place in order), margin)
