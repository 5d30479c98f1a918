"""The pictures of L_pre (Eq. 11): what keeps an adapter close to the painter that it refines.

Letters in shapes: n pictures, c latent channels, s latent edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from diffusers import AutoencoderKL, StableDiffusionXLPipeline
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from rlhf._latents import encode_latents
from rlhf._processes import ALONE, Processes
from rlhf.preferences import Picture, Preferences
from workbench.errors import BadInput
from workbench.profiles import Profile
from workbench.run_folder import RunFolder

_BATCH = 16
# Far from the seeds that evaluation paints with, so that no held-out picture is learned from.
_SEED_OFFSET = 1_000_003


class Brief(NamedTuple):
    """One thing to paint: a prompt for a clip."""

    clip_id: str
    prompt: str


class PretrainingSet(NamedTuple):
    """latents: float32 (n, c, s, s), as the UNet sees them. prompts: n strings."""

    latents: Tensor
    prompts: list[str]


def own_pictures(
    pipeline: StableDiffusionXLPipeline,
    briefs: Sequence[Brief],
    profile: Profile,
    run: RunFolder,
    *,
    count: int,
    seed: int,
    processes: Processes = ALONE,
) -> PretrainingSet:
    """Pictures of the base painter itself for the training briefs, painted before any adapter.

    Painted without guidance, they are samples of what the painter learned, so the base weights
    minimise L_pre on them, as they do on the original data, which nobody has at hand.
    """
    chosen = [briefs[number % len(briefs)].prompt for number in range(count)]
    # Batches are as they would be in one process, so the pictures are the same to the last bit.
    starts = range(0, count, _BATCH)[processes.rank :: processes.count]
    batches = []
    for start in run.track(starts, stage="paint what to stay close to", total=len(starts)):
        prompts = chosen[start : start + _BATCH]
        first = seed + _SEED_OFFSET + start
        made = pipeline(
            prompt=prompts,
            height=profile.size_px,
            width=profile.size_px,
            num_inference_steps=profile.steps,
            guidance_scale=1.0,
            generator=[torch.Generator().manual_seed(first + i) for i in range(len(prompts))],
            output_type="latent",
        )
        batches.append((start, made.images.float().cpu()))
    everyones = dict(processes.every(batches))
    latents = torch.cat([everyones[start] for start in sorted(everyones)])
    return PretrainingSet(latents.to(pipeline.unet.device), chosen)


def snapshot_pictures(preferences: Preferences, vae: AutoencoderKL, size_px: int) -> PretrainingSet:
    """The pictures of the training clips that have a prompt, else all, with their clip's text.

    Raises BadInput when there is none, or for a broken picture, which is named.
    """
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
    latents = picture_latents(vae, [picture for picture, _ in chosen], size_px)
    return PretrainingSet(latents, [prompt for _, prompt in chosen])


@torch.no_grad()
def picture_latents(vae: AutoencoderKL, pictures: Sequence[Picture], size_px: int) -> Tensor:
    """(n, c, s, s) float32 of the pictures' centre squares. Raises BadInput for a broken one."""
    rows = []
    for start in range(0, len(pictures), _BATCH):
        batch = [_pixels(picture, size_px) for picture in pictures[start : start + _BATCH]]
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
