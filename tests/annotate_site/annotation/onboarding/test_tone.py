from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from annotate_site.annotation.onboarding.tone import LEAST_BEEPS, MOST_BEEPS, tone


@pytest.mark.parametrize("beeps", range(LEAST_BEEPS, MOST_BEEPS + 1))
def test_tone_has_so_many_beeps_of_a_calm_loudness(beeps):
    with wave.open(io.BytesIO(tone(beeps))) as sound:
        rate = sound.getframerate()
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2") / 32768
    loud = np.convolve(np.abs(samples), np.ones(rate // 50) / (rate // 50), "same") > 0.01
    assert int((np.diff(loud.astype(int)) == 1).sum()) == beeps
    assert 0.08 < np.abs(samples).max() < 0.12  # -23 dBFS RMS in the middle of a beep.
    assert np.abs(np.diff(samples)).max() < 0.05  # It comes and goes softly: nothing clicks.


def test_tones_cannot_be_told_by_their_length():
    assert len({len(tone(beeps)) for beeps in range(LEAST_BEEPS, MOST_BEEPS + 1)}) == 1
