"""Every picture is as good as any other: what guessing is worth when ties give half a point."""

from __future__ import annotations

from rlhf._rewards import Rewards
from rlhf.baselines.gallery import Gallery


class Constant:
    def score(self, gallery: Gallery) -> Rewards:
        return dict.fromkeys(gallery.showings, 0.0)
