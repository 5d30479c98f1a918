"""How a picture looks, in numbers that nobody had to learn: tone, colour and detail, by place.

An image tower is trained to tell what is shown, and tells little of how; judgements of mood and
beauty are about that too. The statistics are after Datta et al. 2006, "Studying aesthetics in
photographic images using a computational approach" (lightness, colourfulness, saturation, texture,
by place), made smooth so that gradients pass.

Letters in shapes: n pictures, h and w pixels, k channels, g cells along an edge.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_GRID = 4
_CHANNELS = 5
_BINS = 7
_MOST_CHROMA = 0.6
_BIN_SPREAD = 0.12
# Under square roots, whose gradient at 0 is infinite.
_FLOOR = 1e-6

LOOK_WIDTH = _CHANNELS * 2 * (_GRID**2 + 1) + _BINS**2


def look(pictures: Tensor) -> Tensor:
    """(n, 3, h, w) in [0, 1], edges of at least 4 pixels -> (n, LOOK_WIDTH) float32 in [-1, 2].

    Mean and spread of lightness, two opponent colours, saturation and detail over a grid of 4 x 4
    and over the whole picture, then a soft histogram of the opponent colours, 7 x 7.
    """
    red, green, blue = pictures.float().unbind(dim=1)
    reddish, yellowish = red - green, (red + green) / 2 - blue
    lightness = 0.299 * red + 0.587 * green + 0.114 * blue
    saturation = pictures.amax(dim=1).float() - pictures.amin(dim=1).float()
    channels = torch.stack([lightness, reddish, yellowish, saturation, _detail(lightness)], dim=1)
    parts = [part for grid in (_GRID, 1) for part in _statistics(channels, grid)]
    return torch.cat([*parts, _histogram(reddish, yellowish)], dim=1)


def _detail(lightness: Tensor) -> Tensor:
    """(n, h, w): how much lightness changes to the next pixel."""
    across = F.pad(lightness.diff(dim=2).abs(), (0, 1))
    return across + F.pad(lightness.diff(dim=1).abs(), (0, 0, 0, 1))


def _statistics(channels: Tensor, grid: int) -> list[Tensor]:
    """Means and standard deviations in g x g cells, (n, k g g) each."""
    mean = F.adaptive_avg_pool2d(channels, grid)
    variance = F.adaptive_avg_pool2d(channels.square(), grid) - mean.square()
    return [mean.flatten(1), (variance.clamp(min=0) + _FLOOR).sqrt().flatten(1)]


def _histogram(reddish: Tensor, yellowish: Tensor) -> Tensor:
    """Roots of the soft shares of pixels near each of 7 x 7 opponent colours, (n, 49)."""
    centres = torch.linspace(-_MOST_CHROMA, _MOST_CHROMA, _BINS, device=reddish.device)
    one, other = (
        torch.exp(-(((colour.flatten(1).unsqueeze(-1) - centres) / _BIN_SPREAD) ** 2))
        for colour in (reddish, yellowish)
    )
    shares = torch.einsum("npa,npb->nab", one, other) / one.shape[1]
    return (shares + _FLOOR).sqrt().flatten(1)
