"""Sizes of an ImageBind model and how its inputs are prepared: all that its config.json holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from transformers import PreTrainedConfig

OFFICIAL_EMBEDDING_WIDTH = 1024


@dataclass(frozen=True)
class TowerSizes:
    """One pre-norm transformer. Defaults in the subclasses are those of the official model."""

    width: int
    depth: int
    heads: int

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of the {self.heads} heads")


@dataclass(frozen=True)
class AudioSizes(TowerSizes):
    """Audio tower: `windows` stretches of a clip, each a log-mel image cut into patches."""

    width: int = 768
    depth: int = 12
    heads: int = 12
    mel_bins: int = 128
    frames: int = 204
    patch: int = 16
    stride: int = 10
    sample_rate_hz: int = 16_000
    frame_length_ms: float = 25.0
    frame_shift_ms: float = 10.0
    windows: int = 3
    window_s: float = 2.0
    mean: float = -4.268
    std: float = 9.138

    @property
    def patches(self) -> int:
        down = (self.mel_bins - self.patch) // self.stride + 1
        across = (self.frames - self.patch) // self.stride + 1
        return down * across


@dataclass(frozen=True)
class ImageSizes(TowerSizes):
    """Image tower: a square picture, shown `repeats` times because the official stem sees video."""

    width: int = 1280
    depth: int = 32
    heads: int = 16
    size_px: int = 224
    patch: int = 14
    repeats: int = 2

    @property
    def patches(self) -> int:
        return (self.size_px // self.patch) ** 2

    @property
    def read_depths(self) -> tuple[int, ...]:
        """Blocks, counted from 1, after which `image_levels` reads: thirds of the tower."""
        return tuple(sorted({math.ceil(self.depth * third / 3) for third in (1, 2, 3)}))


@dataclass(frozen=True)
class TextSizes(TowerSizes):
    """Text tower: causal, read out at the first `end_id`."""

    width: int = 1024
    depth: int = 24
    heads: int = 16
    vocabulary: int = 49_408
    context: int = 77
    end_id: int = 49_407


class ImageBindConfig(PreTrainedConfig):
    """Configuration of `ImageBind`: three towers and the width of the space that they share.

    `audio`, `image` and `text` are mappings of the fields of AudioSizes, ImageSizes and TextSizes;
    a field left out keeps the official value. Raises TypeError for an unknown field.
    """

    model_type = "musepainter_imagebind"

    def __init__(
        self,
        embedding_width: int = OFFICIAL_EMBEDDING_WIDTH,
        audio: Mapping[str, Any] | None = None,
        image: Mapping[str, Any] | None = None,
        text: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.embedding_width = embedding_width
        self.audio = asdict(AudioSizes(**(audio or {})))
        self.image = asdict(ImageSizes(**(image or {})))
        self.text = asdict(TextSizes(**(text or {})))
        super().__init__(**kwargs)

    @property
    def audio_sizes(self) -> AudioSizes:
        return AudioSizes(**self.audio)

    @property
    def image_sizes(self) -> ImageSizes:
        return ImageSizes(**self.image)

    @property
    def text_sizes(self) -> TextSizes:
        return TextSizes(**self.text)

    @property
    def music_width(self) -> int:
        """Music lies in the space that all share."""
        return self.embedding_width

    @property
    def level_blocks(self) -> list[int]:
        """Columns of the parts of `ImageBind.image_levels`; the last part is `image_features`."""
        sizes = self.image_sizes
        parts = 2 + 3 * len(sizes.read_depths)
        return [sizes.width] * parts + [self.embedding_width]

    @classmethod
    def huge(cls) -> ImageBindConfig:
        """The official `imagebind_huge`: 1024 dimensions, 1.07 G parameters in its three towers."""
        return cls()

    @classmethod
    def mini(
        cls, *, vocabulary: int = 1024, end_id: int = 1, size_px: int = 64, width: int = 128
    ) -> ImageBindConfig:
        """A model of the same build with about 1.45 M parameters, quick on a laptop's CPU."""
        heads = max(1, width // 32)
        tower = {"width": width, "depth": 2, "heads": heads}
        mel = {"mel_bins": 64, "frames": 100, "frame_shift_ms": 20.0}
        return cls(
            embedding_width=width,
            audio=tower | mel,
            image=tower | {"size_px": size_px, "patch": 8, "repeats": 1},
            text=tower | {"vocabulary": vocabulary, "end_id": end_id},
        )
