"""What the gold utilities see in pictures: a few numbers from their pixels.

Pictures are brought to 64 px first, so that a painting's scan and a painted miniature are measured
alike. Colours are CIELAB (D65) from sRGB, divided by 100.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pictures = NDArray[np.uint8]
Floats = NDArray[np.float64]
Pixels = NDArray[np.float32]
"""One number per pixel: (n, 64, 64)."""
Number = TypeVar("Number", float, Floats)

SIZE_PX = 64
_BLOCK_PX = 4
_BATCH = 32
_CHROMA_FLOOR = 0.05
_COLOUR_FLOOR = 0.02
_CLIPPED_AT = 3
_EPSILON = 1e-6
_XYZ_OF_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip
_WHITE = np.array([0.95047, 1.0, 1.08883])
_FROM_RGB = (_XYZ_OF_RGB / _WHITE[:, None]).astype(np.float32)


class PictureFeatures(NamedTuple, Generic[Number]):
    """Statistics of one picture, or of n pictures as float64 (n,), without unit.

    richness: rms distance of the pixels from their mean colour; 0 for a constant picture.
    coherence: share of the variance of L* that is between blocks of 4 x 4 pixels; 1/16 for noise.
    clipped: share of pixels with all three channels within 3 of 0 or 255.
    lightness, warmth (b*), greenness (-a*), saturation (chroma): means.
    contrast: sd of L*. detail: mean slope of L* per pixel, as a logarithm.
    symmetry: correlation of L* with its mirror image.
    harmony: how far the hues gather at one hue and its opposite, in [0, 1]; 0 for greys.
    thirds: share of slope near the four points of the rule of thirds.
    variety: half the logarithm of the determinant of the colours' covariance.
    """

    richness: Number
    coherence: Number
    clipped: Number
    lightness: Number
    warmth: Number
    greenness: Number
    saturation: Number
    contrast: Number
    detail: Number
    symmetry: Number
    harmony: Number
    thirds: Number
    variety: Number


def measurable(pictures: Pictures) -> Pictures:
    """RGB pictures, uint8 (n, h, w, 3), brought to (n, 64, 64, 3).

    Raises ValueError for another dtype or shape.
    """
    is_fit = pictures.dtype == np.uint8 and pictures.ndim == 4 and pictures.shape[3] == 3
    if not (is_fit and pictures.size):
        raise ValueError(f"expected uint8 (n, h, w, 3), not {pictures.dtype} {pictures.shape}")
    if pictures.shape[1:3] == (SIZE_PX, SIZE_PX):
        return pictures
    size = (SIZE_PX, SIZE_PX)
    return np.stack(
        [np.asarray(Image.fromarray(p).resize(size, Image.Resampling.BOX)) for p in pictures]
    )


def picture_features(picture: Pictures) -> PictureFeatures[float]:
    """Measure one RGB picture, uint8 (h, w, 3). Raises ValueError for another shape or dtype."""
    measured = features_of(picture[None])
    return PictureFeatures(*(float(values[0]) for values in measured))


def features_of(pictures: Pictures) -> PictureFeatures[Floats]:
    """Measure RGB pictures, uint8 (n, h, w, 3). Raises ValueError for another shape or dtype."""
    small = measurable(pictures)
    # In small batches, which stay in the processor's cache.
    parts = [_measured(small[start : start + _BATCH]) for start in range(0, len(small), _BATCH)]
    return PictureFeatures(
        *(np.concatenate(values).astype(np.float64) for values in zip(*parts, strict=True))
    )


def _measured(pictures: Pictures) -> PictureFeatures[Floats]:
    light, red, yellow = _lab(pictures)
    covariance, means = _covariance(light, red, yellow)
    chroma = np.hypot(red, yellow)
    slope = _slope(light)
    spread = np.sqrt(np.maximum(covariance[:, 0, 0], 0.0))
    floor = _COLOUR_FLOOR**2 * np.eye(3)
    return PictureFeatures(
        richness=np.sqrt(np.maximum(np.trace(covariance, axis1=1, axis2=2), 0.0)),
        coherence=_coherence(light),
        clipped=_clipped(pictures),
        lightness=means[:, 0],
        warmth=means[:, 2],
        greenness=-means[:, 1],
        saturation=_mean(chroma),
        contrast=spread,
        detail=np.log(_mean(slope) + 1e-3),
        symmetry=_mirrored(light, means[:, 0], spread),
        harmony=_harmony(red, yellow, chroma),
        thirds=np.einsum("nyx,yx->n", slope, _nearness_to_thirds())
        / (slope.sum(axis=(1, 2)) + _EPSILON),
        variety=0.5 * np.linalg.slogdet(covariance + floor)[1],
    )


def _lab(pictures: Pictures) -> tuple[Pixels, Pixels, Pixels]:
    """L*, a*, b*, each (n, h, w) and divided by 100 (CIE 15:2004, 8.2.1)."""
    xyz = _linear()[pictures] @ _FROM_RGB.T
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return 1.16 * y - np.float32(0.16), 5 * (x - y), 2 * (y - z)


@cache
def _linear() -> NDArray[np.float32]:
    """(256,) linear light of each sRGB value (IEC 61966-2-1)."""
    value = np.arange(256) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


def _covariance(*channels: Pixels) -> tuple[Floats, Floats]:
    """(n, 3, 3) covariance over the pixels, exactly 0 where they are all alike; (n, 3) means."""
    flat = np.stack([channel.reshape(len(channel), -1) for channel in channels], axis=1)
    # Differences from the first pixel are exactly 0 in a constant picture; from a rounded mean not.
    first = flat[:, :, :1].astype(np.float64)
    apart = flat - first
    shift = apart.mean(axis=2)
    second = apart @ apart.transpose(0, 2, 1) / apart.shape[2]
    return second - shift[:, :, None] * shift[:, None, :], first[:, :, 0] + shift


def _mean(values: NDArray[np.floating[Any]]) -> Floats:
    return np.asarray(values.mean(axis=(1, 2), dtype=np.float64))


def _slope(light: Pixels) -> Pixels:
    down, across = np.gradient(light, axis=(1, 2))
    return np.asarray(np.hypot(down, across), dtype=np.float32)


def _coherence(light: Pixels) -> Floats:
    blocks = SIZE_PX // _BLOCK_PX
    coarse = light.reshape(-1, blocks, _BLOCK_PX, blocks, _BLOCK_PX).mean(axis=(2, 4))
    return np.asarray(coarse.var(axis=(1, 2)) / (light.var(axis=(1, 2)) + _EPSILON))


def _clipped(pictures: Pictures) -> Floats:
    is_clipped = (pictures <= _CLIPPED_AT) | (pictures >= 255 - _CLIPPED_AT)
    return np.asarray(is_clipped.all(axis=3).mean(axis=(1, 2)))


def _mirrored(light: Pixels, mean: Floats, spread: Floats) -> Floats:
    apart = light - mean[:, None, None].astype(np.float32)
    return np.asarray(_mean(apart * apart[:, :, ::-1]) / np.maximum(spread**2, _EPSILON))


def _harmony(red: Pixels, yellow: Pixels, chroma: Pixels) -> Floats:
    """Length of the mean of doubled hue angles, weighted by chroma: opposite hues agree."""
    # chroma * exp(2 i hue) without an angle: (a + i b)^2 / chroma.
    weight = 1 / np.maximum(chroma, _EPSILON)
    along, across = (red**2 - yellow**2) * weight, 2 * red * yellow * weight
    gathered = np.hypot(_mean(along), _mean(across))
    return np.asarray(gathered / (_mean(chroma) + _CHROMA_FLOOR))


@cache
def _nearness_to_thirds() -> Pixels:
    """(64, 64): how near each pixel is to a crossing of the thirds."""
    y, x = (np.mgrid[0:SIZE_PX, 0:SIZE_PX] + 0.5) / SIZE_PX
    nearness = sum(
        np.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * 0.08**2))
        for a in (1 / 3, 2 / 3)
        for b in (1 / 3, 2 / 3)
    )
    return np.asarray(nearness, dtype=np.float32)
