"""How loud a clip is, what playback adds to level it, and the outline of its waveform."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

TARGET_LUFS = -23.0  # EBU R 128.
CEILING_DBFS = -1.0  # No sample may come out louder: it would be distorted.
MOST_GAIN_DB = 20.0
BARS = 160

# Measured in pieces, so that a quarter of an hour fits in little memory.
_PIECE_S = 60
_BLOCK_S = 0.4
_MOST_CHANNELS = 5
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_OFFSET_LU = -0.691
_WINDOWS_PER_S = 100


class Measures(NamedTuple):
    loudness_lufs: float | None
    """Integrated loudness; None where nothing is loud enough to be measured."""
    gain_db: float
    waveform: bytes
    """The peak of each of `BARS` equal parts, 255 for the loudest."""


def measured(path: Path) -> Measures:
    """Decode a sound file that `sounds.checked_sound` has passed."""
    # Here, because it brings scipy: 40 MB that a server process needs for an import only.
    from pyloudnorm import Meter  # noqa: PLC0415

    blocks: list[float] = []
    peaks: list[NDArray[np.float32]] = []
    with path.open("rb", buffering=0) as stream, soundfile.SoundFile(stream) as sound:
        rate = int(sound.samplerate)
        meter = Meter(rate, block_size=_BLOCK_S)
        while len(piece := sound.read(_PIECE_S * rate, dtype="float32", always_2d=True)):
            peaks.append(_window_peaks(piece, rate))
            if len(piece) > _BLOCK_S * rate:
                meter.integrated_loudness(piece[:, :_MOST_CHANNELS].astype(np.float64))
                blocks += meter.blockwise_loudness
    windows = np.concatenate(peaks)
    loudness_lufs = integrated_lufs(np.array(blocks))
    peak_dbfs = 20 * math.log10(max(float(windows.max()), 1e-6))
    return Measures(loudness_lufs, gain_db(loudness_lufs, peak_dbfs), waveform(windows))


def integrated_lufs(blocks: NDArray[np.float64]) -> float | None:
    """Gated loudness of blocks of 400 ms, in LUFS each (ITU-R BS.1770-4, eqs. 4-7)."""
    loud = blocks[blocks >= _ABSOLUTE_GATE_LUFS]
    if not len(loud):
        return None
    gated = loud[loud > _mean_lufs(loud) + _RELATIVE_GATE_LU]
    return _mean_lufs(gated)


def _mean_lufs(blocks: NDArray[np.float64]) -> float:
    """The loudness of the blocks' mean energy."""
    energies = 10 ** ((blocks - _OFFSET_LU) / 10)
    return _OFFSET_LU + 10 * math.log10(float(energies.mean()))


def gain_db(loudness_lufs: float | None, peak_dbfs: float) -> float:
    """What brings a clip to the target, as far as its highest peak lets it."""
    if loudness_lufs is None:
        return 0.0
    wanted = min(TARGET_LUFS - loudness_lufs, CEILING_DBFS - peak_dbfs, MOST_GAIN_DB)
    return round(wanted, 2)


def waveform(windows: NDArray[np.float32]) -> bytes:
    """The outline of a clip from its peaks in short windows."""
    edges = np.linspace(0, len(windows), BARS + 1).astype(int)
    last = len(windows) - 1
    bars = np.array([windows[min(a, last) : max(b, a + 1)].max() for a, b in pairwise(edges)])
    return bytes(np.round(255 * bars / max(float(bars.max()), 1e-6)).astype(np.uint8))


def _window_peaks(piece: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """The highest absolute sample of all channels in each hundredth of a second."""
    loudest = np.abs(piece).max(axis=1)
    starts = np.arange(0, len(loudest), max(1, rate // _WINDOWS_PER_S))
    return np.asarray(np.maximum.reduceat(loudest, starts), dtype=np.float32)
