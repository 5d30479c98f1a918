"""The heads of a reward model: what a clip and a picture have to do with each other.

Letters in shapes: m heads, n pictures, i and o columns before and after, h hidden units, r rank.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SideBySide(nn.Module):
    """m linear layers that know nothing of each other, computed at once."""

    def __init__(self, layers: int, width_in: int, width_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(layers, width_in, width_out))
        self.bias = nn.Parameter(torch.empty(layers, 1, width_out))

    def forward(self, rows: Tensor) -> Tensor:
        """(n, i), the same for all, or (m, n, i) -> (m, n, o)."""
        return torch.matmul(rows, self.weight) + self.bias


class Heads(nn.Module):
    """m rewards: how good a picture is in itself, and how it fits a clip.

        reward = a . p + (U p) . (V c) / sqrt(r)

    p and c, (h,) each, are what one hidden layer makes of picture and clip. Judgements are few and
    the fit of two things is a product: as a product of low rank it takes far fewer of them than a
    layer that sees both side by side (Kim et al. 2017, low-rank bilinear pooling, Eq. 5).
    """

    def __init__(
        self,
        heads: int,
        *,
        clip_width: int,
        image_width: int,
        hidden: int,
        rank: int,
        dropout: float,
        input_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.of_clip = SideBySide(heads, clip_width, hidden)
        self.of_image = SideBySide(heads, image_width, hidden)
        self.blank = nn.Dropout(input_dropout)
        self.drop = nn.Dropout(dropout)
        self.appeal = SideBySide(heads, hidden, 1)
        self.image_side = SideBySide(heads, hidden, rank)
        self.clip_side = SideBySide(heads, hidden, rank)
        self.scale = rank**-0.5

    def forward(
        self, clips: Tensor, images: Tensor, others: Tensor | None = None, share: float = 0.0
    ) -> Tensor:
        """clips: (n, clip_width), images: (n, image_width) -> rewards (n, m).

        others: V c of other clips, averaged by `typical`; `share` of what each picture is worth
        for these on average is taken off.
        """
        heard = self.heard(clips)
        image = self.drop(F.gelu(self.of_image(self.blank(images))))
        appeal = self.appeal(image).squeeze(-1)  # (m, n)
        if others is not None:
            heard, appeal = heard - share * others, (1 - share) * appeal
        rewards: Tensor = appeal + (self.image_side(image) * heard).sum(dim=-1) * self.scale
        return rewards.transpose(0, 1)

    def heard(self, clips: Tensor) -> Tensor:
        """V c, (m, n, r)."""
        heard: Tensor = self.clip_side(self.drop(F.gelu(self.of_clip(self.blank(clips)))))
        return heard

    def typical(self, clips: Tensor) -> Tensor:
        """The mean V c, (m, 1, r): as the reward is linear in V c, that of the mean is the mean."""
        return self.heard(clips).mean(dim=1, keepdim=True)
