"""Before and after, as deployed: guidance on, the pipeline's own sampler, held-out clips."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from diffusers import StableDiffusionXLPipeline
from PIL import Image, ImageDraw
from torch import Tensor

from rlhf._latents import decode_latents
from rlhf._pretraining_set import Brief
from rlhf._refinement_data import RefinementData
from rlhf.reward_model import RewardModel
from workbench.files import whole_file
from workbench.profiles import Profile
from workbench.run_folder import RunFolder

_PAINT_BATCH = 8
_SHEET_COLUMNS = 8
_GAP_PX = 4
_TITLE_PX = 14


class Exhibition(NamedTuple):
    """Held-out pictures with their standardised rewards."""

    images: Tensor
    """(n, 3, h, w) float32 in [0, 1]."""
    rewards: Tensor
    """(n,) float32."""


class Comparison(NamedTuple):
    """The proxy reward before and after: what the reward model likes, not yet what people like."""

    n: int
    reward_before: float
    reward_after: float
    win_rate: float
    """Share of the pictures with the higher reward after; equal counts as half."""
    contrast_before: float
    contrast_after: float
    """Mean sd over pictures of a pixel: a painter that collapses on one picture falls to 0."""

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()


def exhibition(
    pipeline: StableDiffusionXLPipeline,
    reward_model: RewardModel,
    data: RefinementData,
    profile: Profile,
    run: RunFolder,
    *,
    pictures: int,
    seed: int,
    stage: str,
) -> Exhibition:
    """Paint `pictures` held-out briefs; picture i has the seed `seed` + i, before and after."""
    held_out = data.briefs.held_out
    briefs = [held_out[number % len(held_out)] for number in range(pictures)]
    starts = range(0, pictures, _PAINT_BATCH)
    batches = [
        painted(pipeline, briefs[start : start + _PAINT_BATCH], profile, seed + start)
        for start in run.track(starts, stage=stage, total=len(starts))
    ]
    images = torch.cat(batches)
    device = next(reward_model.parameters()).device
    with torch.no_grad():
        rewards = reward_model.score(images.to(device), data.clips_of(briefs).to(device))
    return Exhibition(images, rewards.cpu())


def painted(
    pipeline: StableDiffusionXLPipeline, briefs: list[Brief], profile: Profile, seed: int
) -> Tensor:
    """One batch as deployed, (n, 3, h, w) float32 in [0, 1] on the CPU; picture i by `seed` + i."""
    made = pipeline(
        prompt=[brief.prompt for brief in briefs],
        height=profile.size_px,
        width=profile.size_px,
        num_inference_steps=profile.steps,
        guidance_scale=profile.guidance,
        generator=[torch.Generator().manual_seed(seed + i) for i in range(len(briefs))],
        output_type="latent",
    )
    with torch.no_grad():  # Decoded here, because the pipeline has no float32 VAE after bf16.
        return decode_latents(pipeline.vae, made.images).clamp(0, 1).cpu()


def compare(before: Exhibition, after: Exhibition) -> Comparison:
    gain = after.rewards - before.rewards
    return Comparison(
        n=len(gain),
        reward_before=before.rewards.mean().item(),
        reward_after=after.rewards.mean().item(),
        win_rate=((gain > 0).float() + (gain == 0).float() / 2).mean().item(),
        contrast_before=before.images.std(dim=0, correction=0).mean().item(),
        contrast_after=after.images.std(dim=0, correction=0).mean().item(),
    )


def write_contact_sheet(path: Path, before: Exhibition, after: Exhibition) -> None:
    """Rows in pairs: before above after, the same prompt and seed in one column."""
    blocks = list(_blocks(before, after))
    width = max(block.width for block in blocks)
    height = sum(block.height for block in blocks)
    sheet = Image.new("RGB", (width, height), "white")
    top = 0
    for block in blocks:
        sheet.paste(block, (0, top))
        top += block.height
    with whole_file(path) as partial:
        sheet.save(partial)


def _blocks(before: Exhibition, after: Exhibition) -> Iterator[Image.Image]:
    count, _, height, width = before.images.shape
    columns = min(count, _SHEET_COLUMNS)
    for start in range(0, count, columns):
        block = Image.new(
            "RGB",
            (columns * (width + _GAP_PX), 2 * (height + _TITLE_PX + _GAP_PX) + _GAP_PX),
            "white",
        )
        draw = ImageDraw.Draw(block)
        for row, (title, shown) in enumerate((("before", before), ("after", after))):
            top = row * (height + _TITLE_PX + _GAP_PX)
            for column, index in enumerate(range(start, min(start + columns, count))):
                left = column * (width + _GAP_PX)
                reward = f"{shown.rewards[index].item():+.2f}"
                draw.text((left + 1, top), f"{title} {reward}" if not column else reward, "black")
                block.paste(_picture(shown.images[index]), (left, top + _TITLE_PX))
        yield block


def _picture(pixels: Tensor) -> Image.Image:
    values = (pixels.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return Image.fromarray(np.ascontiguousarray(values))
