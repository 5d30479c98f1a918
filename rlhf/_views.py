"""A picture as it might also have come out: a little nearer, a little to the side, a little grainy.

A reward that is learned and asked for over such views is hard to raise by a pattern that sits on
exact pixels (expectation over transformations, Athalye et al. 2018, Eq. 2). Colours stay: they are
part of what is judged.

Letters in shapes: n pictures, v views of each, h and w pixels.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_LARGEST_ZOOM = 1.15
_GRAIN = 0.03


def random_views(
    images: Tensor, count: int, generator: torch.Generator, *, value_range: float = 1.0
) -> Tensor:
    """`count` views of each picture, (v * n, c, h, w): all pictures once, then all again.

    images: float (n, c, h, w); gradients reach them. `value_range`: from black to white, to which
    the grain is scaled. Every draw comes from `generator`, which is on the CPU.
    """
    n = len(images)
    shown = images.repeat(count, 1, 1, 1)
    share = 1 / (1 + (_LARGEST_ZOOM - 1) * torch.rand(count * n, generator=generator))
    shift = (1 - share)[:, None] * (2 * torch.rand((count * n, 2), generator=generator) - 1)
    theta = torch.zeros(count * n, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = share
    theta[:, :, 2] = shift
    grid = F.affine_grid(theta.to(shown), list(shown.shape), align_corners=False)
    moved = F.grid_sample(shown, grid, padding_mode="reflection", align_corners=False)
    depth = _GRAIN * value_range * torch.rand((count * n, 1, 1, 1), generator=generator)
    grain = depth * torch.randn(shown.shape, generator=generator)
    return moved + grain.to(shown)
