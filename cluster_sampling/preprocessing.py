"""From files to what the towers take: log-mel windows of a recording, normalised pictures.

The log-mel filter bank is Kaldi's with the options of the official model (Hann window, no dither,
pre-emphasis 0.97, energies of a 20 Hz-to-Nyquist triangular bank), so that its weights see what
they were trained on. Unlike the official loader, all channels are mixed; that one takes the first.
"""

from __future__ import annotations

import math
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from cluster_sampling.imagebind_config import AudioSizes, ImageSizes
from workbench.errors import BadInput

if TYPE_CHECKING:
    import soundfile

FloatArray = npt.NDArray[np.float32]

_PRE_EMPHASIS = 0.97
_LOWEST_HZ = 20.0
# CLIP's, per channel of pictures in [0, 1].
_IMAGE_MEAN = (0.48145466, 0.4578275, 0.40821073)
_IMAGE_STD = (0.26862954, 0.26130258, 0.27577711)


def load_audio_windows(path: Path, sizes: AudioSizes) -> Tensor:
    """Read the windows of a recording as normalised log-mel images, float32 (w, 1, m, t).

    The windows lie evenly from the first to the last second. Only they are decoded, so a long
    recording costs no more than a short one. One shorter than a window is padded by zeros.
    Raises BadInput for what is missing, no audio, shorter than one frame, or not finite.
    """
    windows, rate_hz = _read_windows(path, sizes)
    if 1000 * min(map(len, windows)) < sizes.frame_length_ms * rate_hz:
        raise BadInput(f"{path} is shorter than {sizes.frame_length_ms:g} ms; give a longer clip")
    if not all(np.isfinite(window).all() for window in windows):
        raise BadInput(f"{path} holds samples that are not finite; export the recording again")
    images = np.stack([log_mel(_resampled(window, rate_hz, sizes), sizes) for window in windows])
    return torch.from_numpy((images[:, None] - sizes.mean) / sizes.std).float()


def log_mel(samples: FloatArray, sizes: AudioSizes) -> FloatArray:
    """Log-mel energies of one window, not yet normalised.

    samples: float32 (s,) in [-1, 1] at `sample_rate_hz`, at least one frame long.
    Returns float32 (m, t), natural logarithms; missing frames at the end are 0.
    """
    # In numpy: torch's threads cost more than they gain on arrays of this size.
    length = round(sizes.sample_rate_hz * sizes.frame_length_ms / 1000)
    shift = round(sizes.sample_rate_hz * sizes.frame_shift_ms / 1000)
    frames = sliding_window_view(samples - samples.mean(), length)[::shift]  # (t, length)
    frames = frames - frames.mean(axis=1, keepdims=True)
    previous = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    frames = (frames - _PRE_EMPHASIS * previous) * np.hanning(length).astype(np.float32)
    transform_length = 2 ** math.ceil(math.log2(length))
    power = np.square(np.abs(np.fft.rfft(frames, n=transform_length)))
    energies = power @ _mel_bank(sizes.mel_bins, transform_length, sizes.sample_rate_hz)
    images = np.zeros((sizes.mel_bins, sizes.frames), dtype=np.float32)
    heard = min(sizes.frames, len(energies))
    images[:, :heard] = np.log(np.maximum(energies, np.finfo(np.float32).eps))[:heard].T
    return images


def load_image(image: Path | Image.Image, sizes: ImageSizes) -> Tensor:
    """The centre square of a picture, resized (bicubic) and normalised, float32 (3, px, px).

    Raises BadInput for a file that is missing, no picture, broken or too large to be one.
    """
    return normalised(load_square(image, sizes).float() / 255)


def load_square(image: Path | Image.Image, sizes: ImageSizes) -> Tensor:
    """The same before it is normalised, uint8 (3, px, px)."""
    picture = image if isinstance(image, Image.Image) else _opened(image)
    edge = min(picture.size)
    left, top = (picture.width - edge) / 2, (picture.height - edge) / 2
    square = picture.convert("RGB").resize(
        (sizes.size_px, sizes.size_px),
        Image.Resampling.BICUBIC,
        box=(left, top, left + edge, top + edge),
    )
    return torch.from_numpy(np.array(square)).permute(2, 0, 1)


def prepare_images(images: Tensor, sizes: ImageSizes) -> Tensor:
    """The same for pictures that are tensors already, differentiable.

    images: float (n, 3, h, w) in [0, 1]. Returns (n, 3, px, px), normalised. Agrees with
    `load_image` to the rounding of 8-bit pictures.
    """
    if images.ndim != 4 or images.shape[1] != 3:
        raise ValueError(f"pictures must have the shape (n, 3, h, w), not {tuple(images.shape)}")
    height, width = images.shape[2:]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = images[:, :, top : top + edge, left : left + edge]
    if edge != sizes.size_px:
        shape = (sizes.size_px, sizes.size_px)
        square = F.interpolate(square, shape, mode="bicubic", antialias=True).clamp(0, 1)
    return normalised(square)


def normalised(pictures: Tensor) -> Tensor:
    """Pictures (..., 3, h, w) in [0, 1] as the image tower reads them."""
    mean = pictures.new_tensor(_IMAGE_MEAN).view(3, 1, 1)
    std = pictures.new_tensor(_IMAGE_STD).view(3, 1, 1)
    return (pictures - mean) / std


def denormalised(pixels: Tensor) -> Tensor:
    """Back from what the image tower reads to pictures (n, 3, h, w) in [0, 1]."""
    mean = pixels.new_tensor(_IMAGE_MEAN).view(3, 1, 1)
    std = pixels.new_tensor(_IMAGE_STD).view(3, 1, 1)
    return (pixels * std + mean).clamp(0, 1)


def _opened(path: Path) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                picture.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise BadInput(f"{path} has more pixels than a picture should; scale it down") from None
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        # Pillow's readers raise all of these on broken files.
        raise BadInput(f"{path} cannot be read as a picture: {error}") from None
    return picture


def _read_windows(path: Path, sizes: AudioSizes) -> tuple[list[FloatArray], int]:
    """`windows` stretches of mono samples, each at most `window_s` long, and their rate in Hz."""
    import soundfile  # noqa: PLC0415  who only looks and reads needs no library for sound

    try:
        with soundfile.SoundFile(path) as recording:
            wanted = round(sizes.window_s * recording.samplerate)
            last_start = max(0, recording.frames - wanted)
            starts = [round(start) for start in np.linspace(0, last_start, sizes.windows)]
            windows = [_read_mono(recording, start, wanted) for start in starts]
            return windows, recording.samplerate
    except (soundfile.LibsndfileError, OSError) as error:
        reason = "it does not exist" if not path.exists() else str(error)
        raise BadInput(f"{path} cannot be read as audio: {reason}") from None


def _resampled(window: FloatArray, rate_hz: int, sizes: AudioSizes) -> FloatArray:
    """At the model's rate; rounding never makes it longer than a window."""
    import librosa  # noqa: PLC0415  the same

    resampled = librosa.resample(window, orig_sr=rate_hz, target_sr=sizes.sample_rate_hz)
    return np.asarray(resampled[: round(sizes.window_s * sizes.sample_rate_hz)], dtype=np.float32)


def _read_mono(recording: soundfile.SoundFile, start: int, frames: int) -> FloatArray:
    recording.seek(start)
    channels = recording.read(frames, dtype="float32", always_2d=True)
    return np.asarray(channels.mean(axis=1), dtype=np.float32)


@lru_cache(maxsize=4)
def _mel_bank(mel_bins: int, transform_length: int, sample_rate_hz: int) -> FloatArray:
    """Kaldi's triangles, even on the mel scale, float32 (transform_length / 2 + 1, m)."""
    edges = np.linspace(_mel(_LOWEST_HZ), _mel(sample_rate_hz / 2), mel_bins + 2)
    hertz = np.arange(transform_length // 2 + 1) * sample_rate_hz / transform_length
    mel = _mel(hertz)[:, None]
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    bank = np.minimum((mel - left) / (centre - left), (right - mel) / (right - centre)).clip(min=0)
    bank[-1] = 0  # Kaldi leaves the Nyquist bin out.
    return bank.astype(np.float32)


def _mel(hertz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return 1127.0 * np.log(1.0 + np.asarray(hertz) / 700.0)
