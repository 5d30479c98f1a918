"""The tempo of a recording and its beats."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from librosa.beat import beat_track
from librosa.feature import tempogram
from librosa.onset import onset_strength

from generation.audio import Recording

HOP = 512
_START_BPM = 120.0
"""Centre of the tracker's log-normal prior: where listeners tap."""


class Beats(NamedTuple):
    """What the beat tracker found.

    bpm: beats per minute; frames: shape (n,), int, onset frames of the beats; onsets: shape (f,),
    float32, onset strength per frame of HOP samples; regularity: in [0, 1], how alike the onset
    strength is one beat later.
    """

    bpm: float
    frames: npt.NDArray[np.int64]
    onsets: npt.NDArray[np.float32]
    regularity: float


def track_beats(recording: Recording) -> Beats | None:
    """Beats from the median onset strength over frequencies; None when there is no pulse."""
    rate = recording.sample_rate_hz
    onsets = onset_strength(y=recording.samples, sr=rate, hop_length=HOP, aggregate=np.median)
    if not onsets.any():
        return None
    tempo, frames = beat_track(onset_envelope=onsets, sr=rate, hop_length=HOP, start_bpm=_START_BPM)
    bpm = float(np.atleast_1d(tempo)[0])
    if bpm <= 0 or len(frames) < 2:
        return None
    # The tracker picks its tempo from whole-frame lags; the beats it then places are finer.
    frames_per_beat = (frames[-1] - frames[0]) / (len(frames) - 1)
    return Beats(
        bpm=float(60.0 * rate / (HOP * frames_per_beat)),
        frames=frames,
        onsets=onsets,
        regularity=_regularity(onsets, frames_per_beat),
    )


def _regularity(onsets: npt.NDArray[np.float32], frames_per_beat: float) -> float:
    """Mean local autocorrelation of the onset strength one beat later, in [0, 1].

    Local (over about 9 s), so that a tempo that drifts is not taken for none.
    """
    local = tempogram(onset_envelope=onsets, hop_length=HOP)  # (lags, frames)
    lag = round(frames_per_beat)
    return float(np.clip(local.mean(axis=1)[max(1, lag - 1) : lag + 2].max(initial=0.0), 0, 1))
