"""Pictures as a classifier may meet them: disturbed ones, and ones that show nothing.

All take and give pixels (n, 3, 64, 64) in [-1, 1]; all chance comes from the generator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from miniature.classifier import Name
from miniature.pixels import moved

_SOFT_EDGES_PX = (12, 16, 20, 24, 32, 48, 64, 64)
_GROUPS = 8
"""Parts of a batch that share one degree of softness."""


@dataclass(frozen=True)
class Disturbance:
    """How far training pictures are disturbed.

    shift, zoom: shares of the edge. noise: largest sd. cut_px: edge of a square that is painted
    over, 0 for none. Colours move by gains and offsets of sd `colour`: no palette changes by that.
    """

    softened: Callable[[Tensor, Generator], Tensor]
    shift: float
    zoom: float
    noise: float
    colour: float
    cut_px: int


def disturbed(pixels: Tensor, how: Disturbance, generator: Generator) -> Tensor:
    """Mirrored, shifted, zoomed, recoloured by a little, soft, noisy."""
    shown = _moved(pixels, how, generator)
    if how.cut_px:
        shown = _cut(shown, how.cut_px, generator)
    n = len(pixels)
    gain = 1 + how.colour * torch.randn((n, 3, 1, 1), generator=generator)
    offset = how.colour * torch.randn((n, 3, 1, 1), generator=generator)
    soft = how.softened(gain * shown + offset, generator)
    spread = how.noise * torch.rand((n, 1, 1, 1), generator=generator)
    return (soft + spread * torch.randn(soft.shape, generator=generator)).clamp(-1, 1)


def pictures_of_nothing(pixels: Tensor, generator: Generator) -> Tensor:
    """As many pictures as `pixels` has, none of which shows a scene; some are made from them."""
    kinds = torch.randint(len(_NOTHINGS), (len(pixels),), generator=generator)
    made = [
        _NOTHINGS[int(kind)](picture[None], generator)
        for kind, picture in zip(kinds, pixels, strict=True)
    ]
    return torch.cat(made).clamp(-1, 1)


def _moved(pixels: Tensor, how: Disturbance, generator: Generator) -> Tensor:
    n = len(pixels)
    mirror = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    zoom = 1 + how.zoom * (2 * torch.rand(n, generator=generator) - 1)
    shift = 2 * how.shift * (2 * torch.rand((n, 2), generator=generator) - 1)
    return moved(pixels, zoom=zoom, mirror=mirror, shift=shift)


def _cut(pixels: Tensor, edge_px: int, generator: Generator) -> Tensor:
    """A square of each picture painted over with the picture's mean colour."""
    n, size = len(pixels), pixels.shape[-1]
    corner = torch.randint(size - edge_px, (2, n, 1), generator=generator)
    ruler = torch.arange(size)
    rows, columns = ((ruler >= c) & (ruler < c + edge_px) for c in corner)
    is_cut = (rows[:, :, None] & columns[:, None, :])[:, None]
    return torch.where(is_cut, pixels.mean(dim=(2, 3), keepdim=True), pixels)


def _rescaled(pixels: Tensor, generator: Generator) -> Tensor:
    """Made small and large again, as what a coarse decoder paints."""
    parts = [
        _small_and_back(part, _SOFT_EDGES_PX[_below(len(_SOFT_EDGES_PX), generator)])
        for part in pixels.tensor_split(_GROUPS)
    ]
    return torch.cat(parts)


def _blurred(pixels: Tensor, generator: Generator) -> Tensor:
    """Blurred by a Gaussian of sd 0 to 2.5 px."""
    parts = []
    for part in pixels.tensor_split(_GROUPS):
        sigma = 0.1 + 2.4 * float(torch.rand((), generator=generator))
        offsets = torch.arange(-6, 7)
        kernel = torch.exp(-0.5 * (offsets / sigma) ** 2)
        kernel = (kernel / kernel.sum()).expand(3, 1, 1, -1)
        rows = F.conv2d(F.pad(part, (6, 6, 0, 0), mode="reflect"), kernel, groups=3)
        columns = F.pad(rows, (0, 0, 6, 6), mode="reflect")
        parts.append(F.conv2d(columns, kernel.transpose(2, 3), groups=3))
    return torch.cat(parts)


def _small_and_back(pixels: Tensor, edge_px: int) -> Tensor:
    size = tuple(pixels.shape[-2:])
    small = F.interpolate(pixels, size=(edge_px, edge_px), mode="area")
    return F.interpolate(small, size=size, mode="bilinear", align_corners=False)


def _below(end: int, generator: Generator) -> int:
    return int(torch.randint(end, (), generator=generator))


def _colour(generator: Generator) -> Tensor:
    """(1, 3, 1, 1), any of the cube; one in four at an edge of it."""
    colour = 2 * torch.rand((1, 3, 1, 1), generator=generator) - 1
    is_pure = bool(torch.rand((), generator=generator) < 0.25)
    return colour.sign() if is_pure else colour


def _constant(pixels: Tensor, generator: Generator) -> Tensor:
    faint = 0.03 * torch.rand((), generator=generator)
    noise = faint * torch.randn(pixels.shape, generator=generator)
    return _colour(generator) + noise


def _coloured_noise(pixels: Tensor, generator: Generator) -> Tensor:
    spread = 0.1 + torch.rand((), generator=generator)
    return _colour(generator) / 2 + spread * torch.randn(pixels.shape, generator=generator)


def _grey_noise(pixels: Tensor, generator: Generator) -> Tensor:
    spread = 0.1 + torch.rand((), generator=generator)
    noise = torch.randn((1, 1, *pixels.shape[-2:]), generator=generator)
    return _colour(generator) / 2 + spread * noise


def _clouds(pixels: Tensor, generator: Generator) -> Tensor:
    edge_px = 2 + _below(15, generator)
    coarse = torch.randn((1, 3, edge_px, edge_px), generator=generator)
    spread = 0.2 + 0.8 * torch.rand((), generator=generator)
    clouds = F.interpolate(coarse, size=tuple(pixels.shape[-2:]), mode="bicubic")
    return _colour(generator) / 2 + spread * clouds


def _gradient(pixels: Tensor, generator: Generator) -> Tensor:
    angle = 2 * torch.pi * torch.rand((), generator=generator)
    ruler = torch.linspace(-0.5, 0.5, pixels.shape[-1])
    along = (ruler * angle.cos())[:, None] + (ruler * angle.sin())[None, :] + 0.5
    one, other = _colour(generator), _colour(generator)
    return one + along[None, None] * (other - one)


def _checked(pixels: Tensor, generator: Generator) -> Tensor:
    """Checks or stripes of 1 to 16 px in two colours."""
    ruler = torch.arange(pixels.shape[-1]) // (1 + _below(16, generator))
    rows, columns = ruler[:, None], ruler[None, :]
    ways = (rows + columns, rows + 0 * columns, 0 * rows + columns)
    is_one = ways[_below(3, generator)] % 2 == 0
    return torch.where(is_one[None, None], _colour(generator), _colour(generator))


def _dissolved(pixels: Tensor, generator: Generator) -> Tensor:
    """A picture blurred until nothing is left of it."""
    return _small_and_back(pixels, 1 + _below(2, generator))


def _shuffled(pixels: Tensor, generator: Generator) -> Tensor:
    """A picture whose tiles of 1 to 8 px lie in any order."""
    tile = (1, 2, 4, 8)[_below(4, generator)]
    tiles = F.unfold(pixels, tile, stride=tile)
    order = torch.randperm(tiles.shape[2], generator=generator)
    return F.fold(tiles[:, :, order], tuple(pixels.shape[-2:]), tile, stride=tile)


_NOTHINGS = (
    _constant,
    _coloured_noise,
    _grey_noise,
    _clouds,
    _gradient,
    _checked,
    _dissolved,
    _shuffled,
)

DISTURBANCES: dict[Name, Disturbance] = {
    "examiner": Disturbance(_rescaled, shift=0.06, zoom=0.08, noise=0.16, colour=0.03, cut_px=0),
    "inspector": Disturbance(_blurred, shift=0.03, zoom=0.15, noise=0.10, colour=0.02, cut_px=14),
}
