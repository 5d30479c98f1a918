"""The time signature of a recording, from how its beats are accented."""

from __future__ import annotations

from typing import NamedTuple

import librosa
import numpy as np
import numpy.typing as npt

from generation._tempo import HOP, Beats
from generation.audio import Recording

Accents = npt.NDArray[np.float64]

MIN_BEATS = 16
MIN_MARGIN = 0.2
_LOW_BAND_HZ = 150.0
_FFT = 2048
_TIME_SIGNATURES = {3: "3/4", 4: "4/4"}


class MetreEstimate(NamedTuple):
    """value: "3/4" or "4/4"; margin: score of it minus score of the other, >= 0."""

    value: str
    margin: float


def estimate_metre(recording: Recording, beats: Beats) -> MetreEstimate | None:
    """The metre of the beats; None with under 16 beats or a margin below 0.2.

    Only 3/4 and 4/4 are told apart: 2/4 reads as 4/4, and a slow 6/8 as the metre of its eighths.
    """
    if len(beats.frames) < MIN_BEATS:
        return None
    return metre_of_accents(_accents(recording, beats))


def metre_of_accents(accents: Accents) -> MetreEstimate | None:
    """Compare the metres by the contrast of their best phase plus the autocorrelation at a bar.

    accents: shape (n,), float64, one per beat, in standard deviations.
    """
    if len(accents) < MIN_BEATS or np.std(accents) == 0:
        return None
    scores = {beats: _contrast(accents, beats) + _self_likeness(accents, beats) for beats in (3, 4)}
    best = max(scores, key=lambda beats: scores[beats])
    margin = abs(scores[3] - scores[4])
    return MetreEstimate(_TIME_SIGNATURES[best], margin) if margin >= MIN_MARGIN else None


def _accents(recording: Recording, beats: Beats) -> Accents:
    """Onset strength plus low-band flux at each beat, each standardised over the beats."""
    return _z(_peaks(beats.onsets, beats.frames)) + _z(_peaks(_low_flux(recording), beats.frames))


def _low_flux(recording: Recording) -> npt.NDArray[np.float32]:
    """Rise of the log magnitude below 150 Hz per frame: where bass and bass drum strike.

    log(1 + x), not decibels: in these any soft note out of silence rises as far as a stroke.
    """
    spectrum = np.abs(librosa.stft(recording.samples, n_fft=_FFT, hop_length=HOP))
    hertz = librosa.fft_frequencies(sr=recording.sample_rate_hz, n_fft=_FFT)
    low = np.log1p(spectrum[hertz < _LOW_BAND_HZ])  # (bins, frames)
    rises = np.maximum(np.diff(low, axis=1, prepend=low[:, :1]), 0)
    return np.asarray(rises.mean(axis=0), np.float32)


def _peaks(curve: npt.NDArray[np.float32], frames: npt.NDArray[np.int64]) -> Accents:
    """The largest value within a frame or two of each beat: beats are not tracked to the frame."""
    return np.array([curve[max(0, f - 2) : f + 3].max(initial=0.0) for f in frames], np.float64)


def _z(values: Accents) -> Accents:
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation > 0 else np.zeros_like(values)


def _contrast(accents: Accents, beats: int) -> float:
    """Mean accent of the strongest phase minus that of all other beats."""
    means = []
    for phase in range(beats):
        is_first = np.arange(len(accents)) % beats == phase
        means.append(float(accents[is_first].mean() - accents[~is_first].mean()))
    return max(means)


def _self_likeness(accents: Accents, lag: int) -> float:
    centred = accents - accents.mean()
    return float(centred[lag:] @ centred[:-lag] / (centred @ centred))
