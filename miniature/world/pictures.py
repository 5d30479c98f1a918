"""Draw the picture of a point of the world."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from miniature.world._palettes import COLOURS, Colours, Floats, jittered, lit, toned
from miniature.world._scenes import Stage, draw_scene
from miniature.world.latents import Latents
from miniature.world.vocabulary import Composition, Texture

SIZE_PX = 64
_SUPERSAMPLING = 3

# Height of the horizon (share from the top) and size of what stands on it.
_FRAMES: dict[Composition, tuple[float, float]] = {
    "centred": (0.56, 1.0),
    "wide": (0.72, 0.62),
    "symmetrical": (0.54, 1.05),
    "diagonal": (0.55, 1.0),
}


def draw_picture(latents: Latents, *, size_px: int = SIZE_PX) -> NDArray[np.uint8]:
    """The picture of one triple, uint8 RGB (size_px, size_px, 3), the same for the same latents."""
    rng = np.random.default_rng((latents.seed, 1))
    canvas_px = size_px * _SUPERSAMPLING
    colours = jittered(COLOURS[latents.palette], rng)
    horizon, scale = _FRAMES[latents.composition]
    sun = _sun(latents, horizon, rng)
    canvas = Image.fromarray(_sky(canvas_px, colours, horizon))
    stage = Stage(ImageDraw.Draw(canvas), canvas_px, colours, horizon, scale, sun, rng)
    draw_scene(latents.scene, stage)
    arranged = _arranged(np.asarray(canvas), latents.composition, rng)
    small = Image.fromarray(arranged).reduce(_SUPERSAMPLING)
    picture = np.asarray(small, dtype=np.float32) / 255.0
    picture = toned(lit(picture, latents.lighting, sun), latents.valence, latents.arousal)
    finished = _textured(picture, latents.texture)
    return np.asarray((finished * 255.0).round(), dtype=np.uint8)


def _sun(latents: Latents, horizon: float, rng: np.random.Generator) -> tuple[float, float]:
    if latents.scene == "rings":
        height = 0.5 if latents.composition != "wide" else 0.62
    else:
        height = rng.uniform(0.16, 0.6 * horizon)
    if latents.composition in ("centred", "symmetrical"):
        return 0.5 + rng.uniform(-0.03, 0.03), height
    side = 0.24 if rng.random() < 0.5 else 0.76
    return side + rng.uniform(-0.05, 0.05), height


def _sky(canvas_px: int, colours: Colours, horizon: float) -> NDArray[np.uint8]:
    share = np.clip(np.linspace(0, 1 / horizon, canvas_px), 0, 1)[:, None, None]
    sky = (1 - share) * np.array(colours.sky_top) + share * np.array(colours.sky_low)
    rows = (sky * 255).round().astype(np.uint8)
    return np.repeat(rows, canvas_px, axis=1)


def _arranged(
    canvas: NDArray[np.uint8], composition: Composition, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """What the composition does to the finished drawing: mirror it, tilt it, or nothing."""
    edge = canvas.shape[0]
    if composition == "symmetrical":
        return np.concatenate([canvas[:, : edge // 2], canvas[:, : edge // 2][:, ::-1]], axis=1)
    if composition == "diagonal":
        slope = float(rng.uniform(0.35, 0.5)) * (1 if rng.random() < 0.5 else -1)
        rows, columns = np.mgrid[0:edge, 0:edge]
        shifted = np.clip(rows + (slope * (columns - edge / 2)).astype(int), 0, edge - 1)
        return np.asarray(canvas[shifted, columns])
    return canvas


def _textured(picture: Floats, texture: Texture) -> Floats:
    if texture == "smooth":
        return picture
    # Relief shows where there is light to show it.
    light = 0.15 + picture.mean(axis=2) * (1.0 - 0.5 * picture.mean(axis=2))
    shown = picture + (_sheet(texture, *picture.shape[:2]) * light)[..., None]
    return np.asarray(np.clip(shown, 0, 1), dtype=np.float32)


@cache
def _sheet(texture: Texture, height: int, width: int) -> Floats:
    """Relief of the sheet that is painted on: the same one for all pictures, so learnable."""
    noise = np.random.default_rng(7).normal(0, 1, (height, width))
    if texture == "grainy":
        # Grain of about two pixels: finer than that, a miniature autoencoder sees none.
        relief = 0.05 * np.kron(noise[: -(-height // 2), : -(-width // 2)], np.ones((2, 2)))
        relief = relief[:height, :width]
    elif texture == "brushed":
        thick = noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1)
        strokes = np.stack([np.roll(thick, (k, -k), (0, 1)) for k in range(9)]).sum(axis=0)
        relief = 0.008 * strokes
    else:
        y, x = np.mgrid[0:height, 0:width]
        relief = 0.055 * np.sign(np.sin(np.pi * x / 4 + 0.4) * np.sin(np.pi * y / 4 + 0.4))
    return np.asarray(relief, dtype=np.float32)
