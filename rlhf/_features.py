"""Frozen features, computed once: what makes training a reward model a matter of seconds.

Letters in shapes: n items, d embedding width, v level width, c changed copies, l tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from cluster_sampling.embedder import Embedder
from rlhf._views import random_views
from rlhf.preferences import Clip, Preferences
from rlhf.reward_model import ClipFeatures
from workbench.run_folder import RunFolder

Item = TypeVar("Item")

# From black to white in what the image tower reads: CLIP's normalisation divides by about 0.27.
_NORMALISED_RANGE = 3.7


@dataclass(frozen=True)
class Features:
    """Features of all clips and pictures of a snapshot, with the row of each id."""

    clips: ClipFeatures
    images: Tensor
    """(n, v) float32 levels of the image tower."""
    views: Tensor
    """(n, c, v) float32 levels of c slightly changed copies of each picture; c may be 0."""
    clip_rows: dict[str, int]
    image_rows: dict[str, int]
    image_blocks: list[int]
    """Columns of `images` that belong together, in order; the last are the embedding."""

    @property
    def embeddings(self) -> Tensor:
        """(n, d) float32 unit rows of the pictures, in the space of music and text."""
        return self.images[:, -self.image_blocks[-1] :]


def encode_preferences(
    embedder: Embedder,
    preferences: Preferences,
    run: RunFolder | None = None,
    *,
    views: int = 0,
    seed: int = 0,
) -> Features:
    """Embed every clip and picture that the pairs name. Raises BadInput naming a broken file."""
    pairs = [pair for split in preferences.pairs.values() for pair in split]
    clip_ids = sorted({pair.clip_id for pair in pairs})
    image_ids = sorted({name for pair in pairs for name in (pair.chosen, pair.rejected)})
    clips = encode_clips(embedder, [preferences.clips[name] for name in clip_ids])
    paths = [preferences.pictures[name].path for name in image_ids]
    images = _encode_images(embedder, paths, run)
    copies = _encode_views(embedder, paths, run, count=views, seed=seed)
    return Features(
        clips,
        images,
        copies,
        _numbered(clip_ids),
        _numbered(image_ids),
        embedder.level_blocks,
    )


def read_preferences_raw(
    embedder: Embedder, preferences: Preferences, run: RunFolder | None, encoded: Features
) -> Features:
    """For towers that learn: `encoded` with `images` as uint8 (n, 3, size_px, size_px) and the text
    of `clips` as int64 (n, l) tokens, which `RewardModel.forward` encodes itself; `views` empty.

    Pictures are decoded once: a byte for each value, 150 kB at 224 px, is little beside the towers.
    """
    paths = [preferences.pictures[name].path for name in encoded.image_rows]
    pictures = torch.stack([
        embedder.read_square(path) for path in _tracked(paths, run, "read pictures")
    ])  # fmt: skip
    texts = [preferences.clips[name].text for name in encoded.clip_rows]
    tokens = torch.stack([embedder.read_text(text) for text in texts])
    return replace(
        encoded,
        clips=encoded.clips._replace(text=tokens),
        images=pictures,
        views=pictures.new_empty(len(pictures), 0),
    )


def encode_clips(embedder: Embedder, clips: Sequence[Clip]) -> ClipFeatures:
    """Music and text of n clips; a missing half is a row of zeros whose flag is False."""
    heard = [clip for clip in clips if clip.audio is not None]
    read = [clip for clip in clips if clip.text]
    music = embedder.embed_audio([clip.audio for clip in heard if clip.audio is not None])
    text = embedder.embed_texts([clip.text for clip in read])
    has_music = torch.tensor([clip.audio is not None for clip in clips])
    has_text = torch.tensor([bool(clip.text) for clip in clips])
    return ClipFeatures(
        _spread(torch.from_numpy(music), has_music),
        _spread(torch.from_numpy(text), has_text),
        has_music,
        has_text,
    )


def _encode_images(embedder: Embedder, paths: list[Path], run: RunFolder | None) -> Tensor:
    size = embedder.batch_size
    starts = _tracked(range(0, len(paths), size), run, "embed")
    rows = [torch.from_numpy(embedder.embed_image_levels(paths[i : i + size])) for i in starts]
    return torch.cat(rows)


@torch.no_grad()
def _encode_views(
    embedder: Embedder, paths: list[Path], run: RunFolder | None, *, count: int, seed: int
) -> Tensor:
    if not count:
        return torch.empty(len(paths), 0, embedder.level_width)
    generator = torch.Generator().manual_seed(seed)
    size = max(1, embedder.batch_size // count)
    rows = []
    for start in _tracked(range(0, len(paths), size), run, "embed views"):
        pictures = torch.stack([embedder.read_image(path) for path in paths[start : start + size]])
        seen = random_views(pictures, count, generator, value_range=_NORMALISED_RANGE)
        features = embedder.levels_of(seen.to(embedder.model.device)).cpu()
        rows.append(features.reshape(count, len(pictures), -1).transpose(0, 1))
    return torch.cat(rows)


def _tracked(items: Sequence[Item], run: RunFolder | None, stage: str) -> Iterable[Item]:
    return run.track(items, stage=stage, total=len(items)) if run else items


def _spread(rows: Tensor, where: Tensor) -> Tensor:
    placed = rows.new_zeros(len(where), rows.shape[1])
    placed[where] = rows
    return placed


def _numbered(names: list[str]) -> dict[str, int]:
    return {name: row for row, name in enumerate(names)}
