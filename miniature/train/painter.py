"""The whole recipe of the painter: draw, train, measure, and write a StableDiffusionXLPipeline.

Takes a GPU when there is one; resumes from the checkpoints of its run folder. What it writes loads
with `StableDiffusionXLPipeline.from_pretrained(folder)` and no code of ours; weights are float16.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from diffusers import AutoencoderKL, StableDiffusionXLPipeline
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import CLIPTokenizer

from miniature.train.autoencoder import (
    encode_all,
    reconstruction_psnr,
    train_autoencoder,
)
from miniature.train.card import write_painter_card
from miniature.train.drawn import HELD_OUT, drawn_pictures, world_latents
from miniature.train.painting import Painting, new_scheduler, train_painting
from miniature.train.recipe import recipe_run
from miniature.train.settings import PainterSettings
from miniature.train.vocabularies import new_tokenizer
from miniature.world.latents import Latents
from miniature.world.pictures import SIZE_PX, draw_picture
from miniature.world.texts import plain_prompt
from workbench.files import sha256_of_folder, whole_file, whole_folder
from workbench.run_folder import RunFolder

STEPS = 16
GUIDANCE = 3.5
_BATCH = 16
_COLUMNS = 8


class PaintedSample(NamedTuple):
    """Pictures (n, 64, 64, 3) uint8 painted for held-out prompts, and how fast."""

    points: list[Latents]
    pictures: NDArray[np.uint8]
    pictures_per_s: float


def make_painter(
    settings: PainterSettings,
    *,
    run_folder: Path,
    weights: Path,
    resume: bool = False,
    show_progress: bool = True,
) -> dict[str, float]:
    """Train and write the painter; returns what was measured, which its card repeats.

    Raises BadInput when `weights` holds anything, or `run_folder` does and `resume` is off.
    """
    with recipe_run(
        "painter",
        settings,
        run_folder=run_folder,
        weights=weights,
        resume=resume,
        show_progress=show_progress,
    ) as run:
        points = world_latents(settings.pictures, settings.seed)
        pictures = drawn_pictures(run, points)
        vae = train_autoencoder(run, settings, pictures)
        latents = _kept_latents(run, vae, pictures)
        tokenizer = new_tokenizer(settings.seed)
        painting = train_painting(run, settings, tokenizer, points, latents)
        measured = _shipped(run, settings, weights, vae, tokenizer, painting)
        run.note(measured=measured)
    return measured


def assembled(
    vae: AutoencoderKL, tokenizer: CLIPTokenizer, painting: Painting
) -> StableDiffusionXLPipeline:
    return StableDiffusionXLPipeline(
        vae=vae,
        text_encoder=painting.text_encoder,
        text_encoder_2=painting.text_encoder_2,
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=painting.unet,
        scheduler=new_scheduler(),
        add_watermarker=False,
    )


def load_pipeline(folder: Path) -> StableDiffusionXLPipeline:
    """The shipped pipeline in float32, as CPUs want it."""
    pipeline = StableDiffusionXLPipeline.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, add_watermarker=False
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def paint_prompts(
    pipeline: StableDiffusionXLPipeline, prompts: list[str], *, seed: int
) -> NDArray[np.uint8]:
    """Pictures (n, 64, 64, 3) uint8, one per prompt, each from its own seed."""
    painted = []
    for start in range(0, len(prompts), _BATCH):
        batch = prompts[start : start + _BATCH]
        noise = [torch.Generator().manual_seed(seed + start + k) for k in range(len(batch))]
        pixels = pipeline(
            batch,
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE,
            height=SIZE_PX,
            width=SIZE_PX,
            generator=noise,
            output_type="np",
        ).images
        painted.append((np.clip(pixels, 0, 1) * 255).round().astype(np.uint8))
    return np.concatenate(painted)


def contact_sheet(pictures: NDArray[np.uint8], columns: int, *, zoom: int = 2) -> Image.Image:
    """Pictures (n, h, w, 3) in rows of `columns`, enlarged with a smooth filter."""
    rows = [
        np.concatenate(list(pictures[start : start + columns]), axis=1)
        for start in range(0, len(pictures) - columns + 1, columns)
    ]
    sheet = Image.fromarray(np.concatenate(rows, axis=0))
    return sheet.resize((sheet.width * zoom, sheet.height * zoom), Image.Resampling.LANCZOS)


def _kept_latents(run: RunFolder, vae: AutoencoderKL, pictures: NDArray[np.uint8]) -> Tensor:
    """Latents of all pictures; encoded once per run folder."""
    path = run.path("latents.safetensors")
    if not path.is_file():
        latents = encode_all(run, vae, pictures)
        mean, std = (torch.tensor(vae.config[key]) for key in ("latents_mean", "latents_std"))
        with whole_file(path) as partial:
            save_file({"latents": latents.contiguous(), "mean": mean, "std": std}, partial)
    kept = load_file(path)
    vae.register_to_config(latents_mean=kept["mean"].tolist(), latents_std=kept["std"].tolist())
    return kept["latents"]


def _shipped(
    run: RunFolder,
    settings: PainterSettings,
    weights: Path,
    vae: AutoencoderKL,
    tokenizer: CLIPTokenizer,
    painting: Painting,
) -> dict[str, float]:
    """Write the folder with its card and a grid of pictures that the written weights painted."""
    pipeline = assembled(vae, tokenizer, painting).to("cpu").to(torch.float16)
    with whole_folder(weights) as partial:
        pipeline.save_pretrained(partial, safe_serialization=True)
        sample = _painted_sample(load_pipeline(partial), settings)
        contact_sheet(sample.pictures, _COLUMNS).save(partial / "painted.png")
        drawn = np.stack([draw_picture(point) for point in sample.points])
        measured = {
            "reconstruction_psnr_db": reconstruction_psnr(vae.to(torch.float32), drawn),
            "pictures_per_s_at_16_steps": sample.pictures_per_s,
            "megabytes": _megabytes(partial),
        }
        fingerprint = sha256_of_folder(partial, suffixes=(".safetensors",))
        write_painter_card(partial / "README.md", settings, measured, fingerprint)
    return measured


def _painted_sample(
    pipeline: StableDiffusionXLPipeline, settings: PainterSettings
) -> PaintedSample:
    points = world_latents(settings.held_out, settings.seed + HELD_OUT)
    prompts = [plain_prompt(point) for point in points]
    began = time.perf_counter()
    pictures = paint_prompts(pipeline, prompts, seed=settings.seed)
    return PaintedSample(points, pictures, len(pictures) / (time.perf_counter() - began))


def _megabytes(folder: Path) -> float:
    return sum(p.stat().st_size for p in folder.rglob("*.safetensors")) / 1e6
