"""Spoilt copies of pictures: so bad that nobody can think them the better ones."""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

_BLUR_SHARE = 0.07  # Of the shorter side.
_NOISE_SHARE = 0.82
_TILES = 9  # On each side.


class Corrupted(NamedTuple):
    content: bytes
    """PNG, as large as the original."""
    how: str
    """blurred, noisy or shuffled; each is without colour too, so that the mood goes as well."""


def corrupted(content: bytes, *, seed: int) -> Corrupted:
    """A spoilt copy of a picture; the same `seed` spoils it in the same way."""
    rng = np.random.default_rng(seed)
    spoil = (_blurred, _noisy, _shuffled)[int(rng.integers(3))]
    with Image.open(io.BytesIO(content)) as image:
        grey = image.convert("L")
    stream = io.BytesIO()
    spoil(grey, rng).convert("RGB").save(stream, "PNG")
    return Corrupted(stream.getvalue(), spoil.__name__.removeprefix("_"))


def _blurred(grey: Image.Image, rng: np.random.Generator) -> Image.Image:
    return grey.filter(ImageFilter.GaussianBlur(_BLUR_SHARE * min(grey.size)))


def _noisy(grey: Image.Image, rng: np.random.Generator) -> Image.Image:
    noise = rng.integers(0, 256, (grey.height, grey.width), dtype=np.uint8)
    return Image.blend(grey, Image.fromarray(noise), _NOISE_SHARE)


def _shuffled(grey: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Cut into tiles, each turned and laid elsewhere. The margin that no tile covers stays."""
    pixels = np.asarray(grey)
    side = max(1, min(pixels.shape) // _TILES)
    rows, columns = pixels.shape[0] // side, pixels.shape[1] // side
    result = pixels.copy()
    for place, source in enumerate(rng.permutation(rows * columns)):
        (row, column), (top, left) = divmod(place, columns), divmod(int(source), columns)
        tile = pixels[top * side : (top + 1) * side, left * side : (left + 1) * side]
        turned = np.rot90(tile, int(rng.integers(4)))
        result[row * side : (row + 1) * side, column * side : (column + 1) * side] = turned
    return Image.fromarray(result)
