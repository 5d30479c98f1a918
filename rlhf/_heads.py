"""The heads of a reward model: what a clip and a picture have to do with each other.

Letters in shapes: m heads, n rewards, p pictures, c clips, i and o columns before and after, h
hidden units, r rank.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# A random byte decides over one number: shares are rounded to as many parts.
_BYTE = 256


class Clips(NamedTuple):
    """What is known of c clips, and what stands for the halves that are not."""

    rows: Tensor
    """(c, i), zeros where a half is not known."""
    gaps: Tensor
    """(c, g) float, 1 where half g is not known."""
    nulls: Tensor
    """(g, i), what stands for it."""


class SideBySide(nn.Module):
    """m linear layers that know nothing of each other, computed at once."""

    def __init__(self, layers: int, width_in: int, width_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(layers, width_in, width_out))
        self.bias = nn.Parameter(torch.empty(layers, 1, width_out))

    def forward(self, rows: Tensor) -> Tensor:
        """(n, i), the same for all, or (m, n, i) -> (m, n, o)."""
        return self.turned(rows) + self.bias

    def turned(self, rows: Tensor) -> Tensor:
        """`forward` without the bias."""
        layers, width_in, width_out = self.weight.shape
        if rows.dim() > 2:
            return torch.matmul(rows, self.weight)
        # One wide product: m of them side by side cost more, backward with few rows five times.
        wide = self.weight.transpose(0, 1).reshape(width_in, layers * width_out)
        return (rows @ wide).view(-1, layers, width_out).transpose(0, 1)


class Blanks(nn.Module):
    """Drop-out by random bytes, which costs a small part of what `nn.Dropout` costs on a CPU."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.kept = round((1 - share) * _BYTE)

    def forward(self, rows: Tensor) -> Tensor:
        if not self.training or self.kept == _BYTE:
            return rows
        words = torch.empty(-(-rows.numel() // 8), dtype=torch.int64, device=rows.device)
        lots = words.random_(-(2**63), None).view(torch.uint8)[: rows.numel()]
        is_kept = (lots < self.kept).view(rows.shape)
        return rows * is_kept * (_BYTE / self.kept)


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
        self.blank = Blanks(input_dropout)
        self.drop = Blanks(dropout)
        self.appeal = SideBySide(heads, hidden, 1)
        self.image_side = SideBySide(heads, hidden, rank)
        self.clip_side = SideBySide(heads, hidden, rank)
        self.scale = rank**-0.5

    def forward(
        self,
        clips: Clips,
        images: Tensor,
        others: Tensor | None = None,
        share: float = 0.0,
        shown: Tensor | None = None,
    ) -> Tensor:
        """clips, images: (p, image_width) -> rewards (n, m).

        others: V c of other clips, averaged by `typical`; `share` of what each picture is worth
        for these on average is taken off. shown: (2, n) row of the picture and of the clip of each
        reward; row by row when left out.
        """
        heard = self.heard(clips)
        image = self.drop(F.gelu(self.of_image(self.blank(images))))
        appeal = self.appeal(image).squeeze(-1)  # (m, p)
        seen = self.image_side(image)  # (m, p, r)
        if others is not None:
            heard, appeal = heard - share * others, (1 - share) * appeal
        if shown is not None:
            of_picture, of_clip = shown
            appeal, seen, heard = appeal[:, of_picture], seen[:, of_picture], heard[:, of_clip]
        rewards: Tensor = appeal + (seen * heard).sum(dim=-1) * self.scale
        return rewards.transpose(0, 1)

    def heard(self, clips: Clips) -> Tensor:
        """V c, (m, c, r)."""
        hidden = self.of_clip(self.blank(clips.rows))
        # Apart from the rows, so that no gradient is taken of what nobody learns.
        hidden = hidden + clips.gaps @ self.of_clip.turned(self.blank(clips.nulls))
        heard: Tensor = self.clip_side(self.drop(F.gelu(hidden)))
        return heard

    def typical(self, clips: Clips) -> Tensor:
        """The mean V c, (m, 1, r): as the reward is linear in V c, that of the mean is the mean."""
        return self.heard(clips).mean(dim=1, keepdim=True)
