"""Colours of the palettes, and how light and mood change a finished picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from miniature.world.vocabulary import Lighting, Palette

Floats = NDArray[np.float32]
Colour = tuple[float, float, float]


class Colours(NamedTuple):
    """The six colours of a picture, from the sky to the foreground; each RGB in [0, 1]."""

    sky_top: Colour
    sky_low: Colour
    far: Colour
    mid: Colour
    near: Colour
    accent: Colour


COLOURS: dict[Palette, Colours] = {
    "amber": Colours((0.97, 0.70, 0.30), (1.0, 0.91, 0.66), (0.86, 0.58, 0.28),
                     (0.70, 0.38, 0.16), (0.40, 0.20, 0.09), (1.0, 0.97, 0.80)),
    "crimson": Colours((0.48, 0.07, 0.14), (0.95, 0.42, 0.30), (0.66, 0.17, 0.20),
                       (0.45, 0.08, 0.13), (0.20, 0.03, 0.07), (1.0, 0.78, 0.50)),
    "azure": Colours((0.20, 0.50, 0.90), (0.74, 0.90, 1.0), (0.40, 0.64, 0.90),
                     (0.16, 0.42, 0.76), (0.05, 0.18, 0.44), (1.0, 1.0, 0.92)),
    "emerald": Colours((0.42, 0.80, 0.66), (0.88, 0.97, 0.80), (0.40, 0.74, 0.48),
                       (0.16, 0.54, 0.32), (0.04, 0.27, 0.17), (1.0, 0.93, 0.50)),
    "violet": Colours((0.28, 0.15, 0.56), (0.84, 0.58, 0.88), (0.55, 0.36, 0.76),
                      (0.36, 0.19, 0.58), (0.15, 0.07, 0.31), (1.0, 0.86, 0.74)),
    "rose": Colours((0.97, 0.66, 0.74), (1.0, 0.91, 0.86), (0.95, 0.68, 0.74),
                    (0.84, 0.47, 0.61), (0.56, 0.26, 0.43), (1.0, 1.0, 0.94)),
    "slate": Colours((0.50, 0.55, 0.60), (0.86, 0.88, 0.90), (0.62, 0.66, 0.70),
                     (0.41, 0.45, 0.49), (0.18, 0.21, 0.24), (0.98, 0.98, 0.96)),
    "neon": Colours((0.06, 0.03, 0.20), (0.48, 0.08, 0.60), (0.06, 0.42, 0.72),
                    (0.93, 0.12, 0.60), (0.06, 0.03, 0.18), (0.10, 1.0, 0.90)),
}  # fmt: skip

# Gain per channel, and how far the picture is pulled towards grey.
_LIGHT: dict[Lighting, tuple[Colour, float]] = {
    "daylight": ((1.08, 1.08, 1.06), 0.0),
    "golden": ((1.10, 0.94, 0.70), 0.0),
    "twilight": ((0.76, 0.68, 0.86), 0.20),
    "moonlit": ((0.48, 0.55, 0.74), 0.10),
    "stormy": ((0.72, 0.72, 0.76), 0.35),
}

_GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def jittered(colours: Colours, rng: np.random.Generator) -> Colours:
    """The palette as one painter would mix it today: each colour moved by a little."""
    moved = np.clip(np.array(colours) + rng.normal(0, 0.02, (6, 3)), 0, 1)
    return Colours(*((float(red), float(green), float(blue)) for red, green, blue in moved))


def lit(picture: Floats, lighting: Lighting, sun: tuple[float, float]) -> Floats:
    """Light a picture (h, w, 3) in [0, 1]; `sun` is the (x, y) of its light, as shares of w, h."""
    gain, greying = _LIGHT[lighting]
    grey = (picture @ _GREY)[..., None]
    shone = ((1 - greying) * picture + greying * grey) * np.array(gain, dtype=np.float32)
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    distance = np.hypot(x - sun[0] * width / height, y - sun[1])[..., None]
    if lighting == "golden":
        shone += 0.30 * np.exp(-((distance / 0.40) ** 2)) * np.array([1.0, 0.75, 0.3], np.float32)
    elif lighting == "moonlit":
        shone += 0.22 * np.exp(-((distance / 0.30) ** 2)) * np.array([0.8, 0.9, 1.0], np.float32)
    elif lighting == "stormy":
        shone *= 1.35 - 0.85 * np.clip(np.hypot(x - 0.5, y - 0.45) / 0.7, 0, 1)[..., None]
    return np.asarray(np.clip(shone, 0, 1), dtype=np.float32)


def toned(picture: Floats, valence: float, arousal: float) -> Floats:
    """Give a picture the tone of a mood: glad is warm, light and colourful; excited contrasts."""
    grey = (picture @ _GREY)[..., None]
    saturation = 1.0 + 0.35 * valence + 0.25 * arousal
    coloured = grey + saturation * (picture - grey)
    middle = coloured.mean(axis=(0, 1), keepdims=True)
    contrasting = middle + (1.0 + 0.35 * arousal) * (coloured - middle)
    warmth = np.array([0.055, 0.015, -0.065], dtype=np.float32)
    return np.asarray(
        np.clip(contrasting + 0.11 * valence + valence * warmth, 0, 1), dtype=np.float32
    )
