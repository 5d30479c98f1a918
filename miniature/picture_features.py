"""What the gold utilities see in a picture: a few numbers from its pixels.

Pictures are brought to 64 px first, so that a painting's scan and a painted miniature are measured
alike. Colours are CIELAB (D65) from sRGB, divided by 100.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]

_SIZE_PX = 64
_WHITE = np.array([0.95047, 1.0, 1.08883])
_XYZ_OF_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip
_EPSILON = 1e-6


class PictureFeatures(NamedTuple):
    """Statistics of one picture, without unit.

    richness: rms distance of the pixels from their mean colour; 0 for a constant picture.
    lightness, warmth (b*), greenness (-a*), saturation (chroma): means.
    contrast: sd of L*. detail: mean slope of L* per pixel, as a logarithm.
    horizontal, vertical, diagonal: shares of edges that run so (sum about 1 with the rest).
    symmetry: correlation of L* with its mirror image.
    layering: L* of the upper less that of the lower half.
    harmony: how far the hues gather at one hue and its opposite, in [0, 1].
    thirds: share of detail near the four points of the rule of thirds.
    variety: entropy of the colours over 4 x 4 x 4 cells, in nats.
    """

    richness: float
    lightness: float
    warmth: float
    greenness: float
    saturation: float
    contrast: float
    detail: float
    horizontal: float
    vertical: float
    diagonal: float
    symmetry: float
    layering: float
    harmony: float
    thirds: float
    variety: float


def picture_features(picture: NDArray[np.uint8]) -> PictureFeatures:
    """Measure an RGB picture, uint8 (h, w, 3). Raises ValueError for another shape or dtype."""
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise ValueError(f"expected uint8 (h, w, 3), not {picture.dtype} {picture.shape}")
    small = _small(picture)
    lab = _lab(small)
    light, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    down, across = np.gradient(light)
    slope = np.hypot(down, across)
    horizontal, vertical, diagonal = _edge_shares(np.asarray(down), np.asarray(across))
    half = light.shape[0] // 2
    return PictureFeatures(
        richness=float(np.sqrt(lab.reshape(-1, 3).var(axis=0).sum())),
        lightness=float(light.mean()),
        warmth=float(lab[..., 2].mean()),
        greenness=float(-lab[..., 1].mean()),
        saturation=float(chroma.mean()),
        contrast=float(light.std()),
        detail=float(np.log(slope.mean() + 1e-3)),
        horizontal=horizontal,
        vertical=vertical,
        diagonal=diagonal,
        symmetry=_correlation(light, light[:, ::-1]),
        layering=float(light[:half].mean() - light[half:].mean()),
        harmony=_harmony(lab, chroma),
        thirds=_near_thirds(slope),
        variety=_variety(small),
    )


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if picture.shape[:2] == (_SIZE_PX, _SIZE_PX):
        return picture
    resized = Image.fromarray(picture).resize((_SIZE_PX, _SIZE_PX), Image.Resampling.BOX)
    return np.asarray(resized)


def _lab(picture: NDArray[np.uint8]) -> Floats:
    """(h, w, 3) L*, a*, b*, each divided by 100 (CIE 15:2004, 8.2.1)."""
    rgb = picture / 255.0
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _XYZ_OF_RGB.T / _WHITE
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([1.16 * y - 0.16, 5.0 * (x - y), 2.0 * (y - z)], axis=-1)


def _edge_shares(down: Floats, across: Floats) -> tuple[float, float, float]:
    """Shares of edges running horizontally, vertically and between the two, by squared slope."""
    strength = down**2 + across**2
    total = strength.sum() + _EPSILON
    angle = np.arctan2(np.abs(down), np.abs(across))  # 0: brightness changes sideways.
    horizontal = float(strength[angle > np.pi * 3 / 8].sum() / total)
    vertical = float(strength[angle < np.pi / 8].sum() / total)
    return horizontal, vertical, float(strength.sum() / total) - horizontal - vertical


def _correlation(one: Floats, other: Floats) -> float:
    spread = one.std() * other.std()
    if spread < _EPSILON:
        return 0.0
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread)


def _harmony(lab: Floats, chroma: Floats) -> float:
    """Length of the mean of doubled hue angles, weighted by chroma: opposite hues agree."""
    hue = np.arctan2(lab[..., 2], lab[..., 1])
    total = chroma.sum()
    if total < _EPSILON:
        return 0.0
    return float(abs((chroma * np.exp(2j * hue)).sum()) / total)


def _near_thirds(slope: Floats) -> float:
    """Share of all slope within a sixth of the edge from a crossing of the thirds."""
    height, width = slope.shape
    y, x = np.mgrid[0:height, 0:width]
    nearness = sum(
        np.exp(-(((x / width - a) ** 2 + (y / height - b) ** 2) / (2 * 0.08**2)))
        for a in (1 / 3, 2 / 3)
        for b in (1 / 3, 2 / 3)
    )
    return float((slope * nearness).sum() / (slope.sum() + _EPSILON))


def _variety(picture: NDArray[np.uint8]) -> float:
    cells = (picture // 64).astype(int) @ np.array([16, 4, 1])
    share = np.bincount(cells.ravel(), minlength=64) / cells.size
    present = share[share > 0]
    return float(-(present * np.log(present)).sum())
