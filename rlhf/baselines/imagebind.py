"""How near a picture is to its clip in the embedder's own space, before anybody judged anything."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from rlhf._rewards import Rewards
from rlhf.baselines.gallery import Gallery
from rlhf.reward_model import ClipFeatures
from workbench.errors import BadInput

Half = Literal["music", "text", "both"]


class ImageBindSimilarity:
    """Cosine of picture and music, of picture and text, or the mean of what a clip has of both."""

    def __init__(self, half: Half) -> None:
        self.half: Half = half

    def score(self, gallery: Gallery) -> Rewards:
        """Raises BadInput for a clip that lacks the half that is asked for."""
        features, showings = gallery.features, gallery.showings
        rows = torch.tensor([features.clip_rows[showing.clip_id] for showing in showings])
        images = features.images[
            torch.tensor([features.image_rows[showing.image_id] for showing in showings])
        ]
        clips = features.clips.rows(rows)
        self._refuse_missing(clips, [showing.clip_id for showing in showings])
        return dict(zip(showings, self._cosines(images, clips).tolist(), strict=True))

    def _cosines(self, images: Tensor, clips: ClipFeatures) -> Tensor:
        """(n,) float64; rows of a missing half are zeros and add nothing."""
        heard = (images * clips.music).sum(dim=-1).double()
        read = (images * clips.text).sum(dim=-1).double()
        if self.half != "both":
            return heard if self.half == "music" else read
        return (heard + read) / (clips.has_music.double() + clips.has_text.double())

    def _refuse_missing(self, clips: ClipFeatures, names: list[str]) -> None:
        if self.half == "both":
            return
        present = clips.has_music if self.half == "music" else clips.has_text
        if not bool(present.all()):
            name = names[int(present.int().argmin())]
            raise BadInput(
                f"the clip {name!r} has no {self.half}, which imagebind-{self.half} compares "
                "pictures with; use imagebind, which takes what there is"
            )
