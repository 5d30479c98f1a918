"""CLIP and what was made of it: the cosine of a picture and the clip's text.

CLIPScore (Hessel et al. 2021) ranks by the cosine, PickScore (Kirstain et al. 2023) by the cosine
times the model's own scale. Any CLIPModel folder will do; nothing is downloaded.
Letters in shapes: n items, d projection width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from transformers import CLIPModel, CLIPProcessor

from rlhf._clip_towers import open_clip
from rlhf._rewards import Rewards
from rlhf.baselines.gallery import Gallery
from rlhf.preferences import Preferences
from workbench.errors import BadInput

Item = TypeVar("Item")

_BATCH = 32


class DualEncoder:
    """Cosines by a CLIPModel, times its logit scale where `is_scaled`."""

    def __init__(self, folder: Path, device: str, *, is_scaled: bool) -> None:
        self.model, self.processor = _opened(folder)
        self.model.to(device)
        self.is_scaled = is_scaled

    @torch.no_grad()
    def score(self, gallery: Gallery) -> Rewards:
        """Raises BadInput for a clip without text and for a picture that cannot be read."""
        showings = gallery.showings
        clip_ids = sorted({showing.clip_id for showing in showings})
        image_ids = sorted({showing.image_id for showing in showings})
        texts = _in_batches(_texts(gallery.preferences, clip_ids), self._text_features)
        paths = [gallery.preferences.pictures[name].path for name in image_ids]
        images = _in_batches(paths, self._image_features)
        by_clip = dict(zip(clip_ids, texts, strict=True))
        by_image = dict(zip(image_ids, images, strict=True))
        scale = self.model.logit_scale.exp().item() if self.is_scaled else 1.0
        return {
            showing: scale * float(by_clip[showing.clip_id] @ by_image[showing.image_id])
            for showing in showings
        }

    def _text_features(self, texts: Sequence[str]) -> Tensor:
        """(n, d) unit rows; a text of more than the model's 77 tokens is cut."""
        tokens = self.processor(
            text=list(texts), return_tensors="pt", padding=True, truncation=True
        ).to(self.model.device)
        return _unit(self.model.get_text_features(**tokens).pooler_output)

    def _image_features(self, paths: Sequence[Path]) -> Tensor:
        """(n, d) unit rows."""
        pixels = self.processor(images=[_picture(path) for path in paths], return_tensors="pt")
        features = self.model.get_image_features(**pixels.to(self.model.device))
        return _unit(features.pooler_output)


def _opened(folder: Path) -> tuple[CLIPModel, CLIPProcessor]:
    """Raises BadInput when `folder` is not a whole CLIPModel with its processor."""
    model = open_clip(folder)
    try:
        return model, CLIPProcessor.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BadInput(f"the CLIPModel in {folder} cannot be read: {reason}") from None


def _texts(preferences: Preferences, clip_ids: Sequence[str]) -> list[str]:
    texts = [preferences.clips[name].text for name in clip_ids]
    for name, text in zip(clip_ids, texts, strict=True):
        if not text:
            raise BadInput(f"the clip {name!r} has no text for CLIP to compare pictures with")
    return texts


def _picture(path: Path) -> Image.Image:
    try:
        with Image.open(path) as picture:
            return picture.convert("RGB")
    except OSError as error:
        raise BadInput(f"the picture {path} cannot be read: {error}") from None


def _in_batches(items: Sequence[Item], encode: Callable[[Sequence[Item]], Tensor]) -> Tensor:
    starts = range(0, len(items), _BATCH)
    return torch.cat([encode(items[start : start + _BATCH]).double().cpu() for start in starts])


def _unit(rows: Tensor) -> Tensor:
    return F.normalize(rows.float(), dim=-1)
