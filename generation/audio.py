"""Recordings from disk: any format that libsndfile reads, as bounded mono float32."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr  # type: ignore[import-untyped]

from workbench.errors import BadInput

Samples = npt.NDArray[np.float32]

SAMPLE_RATE_HZ = 22_050
"""What librosa's beat tracker and chroma were tuned for."""
MAX_DURATION_S = 600.0
MIN_DURATION_S = 1.0
SILENCE_PEAK = 1e-4
"""-80 dBFS: below it only dither and hum are left."""

_READABLE_RATES_HZ = range(4_000, 384_001)
_BLOCK_FRAMES = 1 << 16
_NO_SUCH_SOUND = 7


@dataclass(frozen=True)
class Recording:
    """The beginning of one recording.

    samples: shape (n,), float32, mono, in [-1, 1].
    is_cut: whether the file goes on after the last sample.
    """

    path: Path
    samples: Samples
    sample_rate_hz: int
    is_cut: bool = False

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate_hz


def load_audio(
    path: Path,
    *,
    sample_rate_hz: int = SAMPLE_RATE_HZ,
    max_duration_s: float = MAX_DURATION_S,
    min_duration_s: float = MIN_DURATION_S,
) -> Recording:
    """Read at most `max_duration_s` seconds of wav, flac, ogg or mp3, mixed to mono and resampled.

    Memory stays bounded by `max_duration_s` at the target rate, however long the file is.
    Raises BadInput, naming the file and the reason, when it is missing, empty, broken, no audio
    at all, too short, or silent.
    """
    _refuse_non_file(path)
    try:
        with soundfile.SoundFile(path) as file:
            samples, is_cut = _read(file, path, sample_rate_hz, max_duration_s)
    except soundfile.LibsndfileError as error:
        raise BadInput(
            f"{path} cannot be read as audio ({_reason(error)}); "
            "give a whole wav, flac, ogg or mp3 file"
        ) from None
    _refuse_unusable(path, samples, sample_rate_hz, min_duration_s)
    # Float files may hold any scale; beyond full scale it is taken for a mistake of the scale.
    samples /= max(1.0, float(np.abs(samples).max()))
    return Recording(path, samples, sample_rate_hz, is_cut)


def _refuse_non_file(path: Path) -> None:
    if not path.exists():
        raise BadInput(f"{path} does not exist; give the path of an audio file")
    if not path.is_file():
        raise BadInput(f"{path} is not a file; give the path of an audio file")
    if path.stat().st_size == 0:
        raise BadInput(f"{path} is empty (0 bytes); give a whole audio file")
    if path.suffix.lower() == ".raw":
        raise BadInput(f"{path} is raw samples without a sample rate; convert it to wav or flac")
    if _is_text(path):
        raise BadInput(f"{path} holds text, not sound; give a wav, flac, ogg or mp3 file")


def _is_text(path: Path) -> bool:
    """Whether the file begins as plain text does: audio has a control byte among its first ones.

    Asked first because the mp3 decoder searches any file for frames and complains on stderr.
    """
    with path.open("rb") as stream:
        beginning = stream.read(512)
    return all(byte >= 0x20 or byte in b"\t\n\f\r" for byte in beginning)


def _reason(error: soundfile.LibsndfileError) -> str:
    if error.code == _NO_SUCH_SOUND:  # The decoder's own text speaks of pipes and missing files.
        return "no sound was found in it"
    return str(error.error_string).strip().rstrip(".")


def _read(
    file: soundfile.SoundFile, path: Path, sample_rate_hz: int, max_duration_s: float
) -> tuple[Samples, bool]:
    if file.samplerate not in _READABLE_RATES_HZ:
        raise BadInput(
            f"{path} has a sample rate of {file.samplerate} Hz; expected 4000 to 384000 Hz"
        )
    wanted = int(max_duration_s * file.samplerate)
    resampler = soxr.ResampleStream(file.samplerate, sample_rate_hz, 1, dtype="float32")
    parts = [resampler.resample_chunk(block) for block in _mono_blocks(file, wanted)]
    parts.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    # A decoder's frame count can be a guess (mp3), so the next frame itself is asked for.
    is_cut = file.tell() >= wanted and len(file.read(1)) > 0
    return np.concatenate(parts), is_cut


def _mono_blocks(file: soundfile.SoundFile, frames: int) -> Iterator[Samples]:
    while frames > 0:
        block = file.read(min(_BLOCK_FRAMES, frames), dtype="float32", always_2d=True)
        if len(block) == 0:
            return
        frames -= len(block)
        yield np.ascontiguousarray(block.mean(axis=1, dtype=np.float32))


def _refuse_unusable(
    path: Path, samples: Samples, sample_rate_hz: int, min_duration_s: float
) -> None:
    duration_s = len(samples) / sample_rate_hz
    if duration_s < min_duration_s:
        raise BadInput(
            f"{path} lasts {duration_s:.2f} s; music to describe lasts {min_duration_s:g} s or more"
        )
    if not np.isfinite(samples).all():
        raise BadInput(
            f"{path} holds samples that are no numbers (NaN or infinity); export it anew"
        )
    if np.abs(samples).max() < SILENCE_PEAK:
        raise BadInput(f"{path} is silent (no sample above -80 dBFS); give a recording with sound")
