"""What a refinement works on: prompts to paint, pictures to stay close to, prompts held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from diffusers import AutoencoderKL
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from cluster_sampling.embedder import Embedder
from rlhf._features import encode_clips
from rlhf._latents import encode_latents
from rlhf.preferences import Picture, Preferences
from rlhf.reward_model import ClipFeatures
from workbench.errors import BadInput

_ENCODE_BATCH = 16


class Brief(NamedTuple):
    """One thing to paint: a prompt for a clip."""

    clip_id: str
    prompt: str


@dataclass(frozen=True)
class RefinementData:
    """Training and held-out briefs never share a clip; nor do held-out briefs and pictures."""

    train: list[Brief]
    held_out: list[Brief]
    clips: ClipFeatures
    clip_rows: dict[str, int]
    latents: Tensor
    """(n, c, s, s) float32 latents of the training clips' pictures, for L_pre."""
    latent_prompts: list[str]

    def clips_of(self, briefs: list[Brief]) -> ClipFeatures:
        """The features of the briefs' clips, a row for each brief."""
        return self.clips.rows(torch.tensor([self.clip_rows[brief.clip_id] for brief in briefs]))


def refinement_data(
    preferences: Preferences, embedder: Embedder, vae: AutoencoderKL, size_px: int
) -> RefinementData:
    """Sort the snapshot's clips and pictures by split.

    A clip is painted from the prompts of its own pictures, else from its text. L_pre learns from
    the training clips' pictures that have a prompt, else from all of them with their clip's text.
    Raises BadInput when no clip is held out or none has anything to paint from.
    """
    clips = [clip for _, clip in sorted(preferences.clips.items())]
    briefs = {clip.clip_id: _briefs(preferences, clip.clip_id) for clip in clips}
    train = [brief for c in clips if c.split == "train" for brief in briefs[c.clip_id]]
    held_out = [brief for c in clips if c.split != "train" for brief in briefs[c.clip_id]]
    if not train or not held_out:
        raise BadInput(
            f"{preferences.snapshot.folder} has {len(train)} prompts to train on and "
            f"{len(held_out)} of clips held out; judge comparisons of at least 3 clips with a "
            "text or painted pictures"
        )
    pictures = _pretraining_pictures(preferences)
    return RefinementData(
        train=train,
        held_out=held_out,
        clips=encode_clips(embedder, clips),
        clip_rows={clip.clip_id: row for row, clip in enumerate(clips)},
        latents=_latents(vae, [picture for picture, _ in pictures], size_px),
        latent_prompts=[prompt for _, prompt in pictures],
    )


def _briefs(preferences: Preferences, clip_id: str) -> list[Brief]:
    own = {p.prompt for p in preferences.pictures.values() if p.clip_id == clip_id and p.prompt}
    text = preferences.clips[clip_id].text
    return [Brief(clip_id, prompt) for prompt in sorted(own) or ([text] if text else [])]


def _pretraining_pictures(preferences: Preferences) -> list[tuple[Picture, str]]:
    clips = preferences.clips
    pictures = [
        picture
        for _, picture in sorted(preferences.pictures.items())
        if clips[picture.clip_id].split == "train"
    ]
    painted = [(picture, picture.prompt) for picture in pictures if picture.prompt]
    spoken = [(p, clips[p.clip_id].text) for p in pictures if clips[p.clip_id].text]
    chosen = painted or spoken
    if not chosen:
        raise BadInput(f"{preferences.snapshot.folder} has no picture with a prompt for L_pre")
    return chosen


@torch.no_grad()
def _latents(vae: AutoencoderKL, pictures: list[Picture], size_px: int) -> Tensor:
    rows = []
    for start in range(0, len(pictures), _ENCODE_BATCH):
        batch = [_pixels(picture, size_px) for picture in pictures[start : start + _ENCODE_BATCH]]
        rows.append(encode_latents(vae, torch.stack(batch).to(vae.device)).float())
    return torch.cat(rows)


def _pixels(picture: Picture, size_px: int) -> Tensor:
    """The centre square of a picture, (3, size_px, size_px) float32 in [0, 1]."""
    try:
        with Image.open(picture.path) as opened:
            image = opened.convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise BadInput(f"picture {picture.image_id} ({picture.path}) is broken: {error}") from None
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    box = (left, top, left + edge, top + edge)
    square = image.resize((size_px, size_px), Image.Resampling.LANCZOS, box=box)
    return torch.from_numpy(np.array(square)).permute(2, 0, 1).float() / 255
