"""Pictures as networks take them."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor


def as_pixels(pictures: NDArray[np.uint8]) -> Tensor:
    """uint8 (n, h, w, 3) -> float32 (n, 3, h, w) in [-1, 1], as diffusers wants it.

    The channels stay last in memory, which is several times faster on CPUs.
    """
    return torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1.0


def moved(pixels: Tensor, *, zoom: Tensor, mirror: Tensor, shift: Tensor) -> Tensor:
    """Pictures (n, c, h, w) shown in part, mirrored and shifted; what lies outside is reflected.

    zoom: (n,) share of the edge that is shown. mirror: (n,) -1 or 1. shift: (n, 2) across and
    down, in halves of the edge.
    """
    theta = torch.zeros(len(pixels), 2, 3)
    theta[:, 0, 0], theta[:, 1, 1], theta[:, :, 2] = zoom * mirror, zoom, shift
    grid = F.affine_grid(theta, list(pixels.shape), align_corners=False)
    return F.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)
