"""The sound of the volume check: a few calm beeps to count, as loud as the levelled music."""

from __future__ import annotations

import io
import wave
from functools import lru_cache

import numpy as np

LEAST_BEEPS = 2
MOST_BEEPS = 6
_RATE_HZ = 16_000
_PITCH_HZ = 523.25  # The C above middle C.
_BEEP_S, _PAUSE_S, _FADE_S = 0.4, 0.45, 0.08
_RMS_DBFS = -23.0  # What the clips are levelled to.


@lru_cache(maxsize=MOST_BEEPS)
def tone(beeps: int) -> bytes:
    """A WAV of so many beeps. All are equally long, so that the length does not tell."""
    times = np.arange(int(_BEEP_S * _RATE_HZ)) / _RATE_HZ
    fade = np.clip(np.minimum(times, _BEEP_S - times) / _FADE_S, 0, 1)
    amplitude = np.sqrt(2) * 10 ** (_RMS_DBFS / 20)
    beep = amplitude * np.sin(2 * np.pi * _PITCH_HZ * times) * np.sin(fade * np.pi / 2) ** 2
    sound = np.zeros(int((_PAUSE_S + MOST_BEEPS * (_BEEP_S + _PAUSE_S)) * _RATE_HZ))
    for number in range(beeps):
        start = int((_PAUSE_S + number * (_BEEP_S + _PAUSE_S)) * _RATE_HZ)
        sound[start : start + len(beep)] = beep
    stream = io.BytesIO()
    with wave.open(stream, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(_RATE_HZ)
        out.writeframes((sound * 32_767).astype("<i2").tobytes())
    return stream.getvalue()
