"""Gold utilities: fixed programs that say how much a picture is worth for a clip on each axis.

With z(.) the features of `picture_features`, standardised by REFERENCE, and
g = 1 - exp(-(richness / 0.08)^2), which is 0 for a constant picture and nearly 1 for any other:

    u_emo = g * sqrt(3/2) * (valence * V + arousal * A)
            V = (z(lightness) + z(warmth) + z(saturation)) / sd_V
            A = (z(contrast) + z(detail)) / sd_A
    u_con = g * <d(caption), z>      d: unit vector of what the caption's words imply, below
    u_cre = g * (2 + C)
            C = (z(harmony) + z(thirds) + z(variety) - |z(detail)|) / sd_C, in [-2, 2]

u_emo after the affect of colours and of contrast (Palmer et al. 2013; Whiteford et al. 2018).
u_emo and u_con change sign with the clip, so that no one picture is good for every clip; a caption
without any known word gives u_con = 0 for all pictures. Each has a standard deviation of about 1
over the drawn pictures of the world.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from miniature.picture_features import PictureFeatures, picture_features
from workbench.axes import Axis

Mode = Literal["major", "minor"]


class Mood(NamedTuple):
    """What a clip feels like; both in [-1, 1]."""

    valence: float
    arousal: float


def mood_of(mode: Mode | None, tempo_bpm: float | None) -> Mood:
    """A clip's mood as far as mode and tempo tell it (Gabrielsson & Lindstrom 2010).

    Major adds 0.5 valence, minor takes it; each doubling of the tempo above 108 bpm adds 0.8
    arousal and 0.2 valence. What is unknown adds nothing.
    Raises ValueError for a tempo that is not a positive number.
    """
    if tempo_bpm is not None and not (math.isfinite(tempo_bpm) and tempo_bpm > 0):
        raise ValueError(f"a tempo is a positive number of beats per minute, not {tempo_bpm}")
    pace = 0.0 if tempo_bpm is None else math.log2(tempo_bpm / 108.0)
    from_mode = {"major": 0.5, "minor": -0.5, None: 0.0}[mode]
    return Mood(_within_one(from_mode + 0.2 * pace), _within_one(0.8 * pace))


def utility(axis: Axis, picture: NDArray[np.uint8], mood: Mood, caption: str) -> float:
    """Worth of a picture, uint8 RGB (h, w, 3), for a clip on one axis; see the module.

    Raises ValueError for another dtype or shape, a mood outside of [-1, 1], an unknown axis.
    """
    if not all(-1.0 <= value <= 1.0 for value in mood):
        raise ValueError(f"a mood lies in [-1, 1], not {mood}")
    features = picture_features(picture)
    gate = 1.0 - math.exp(-((features.richness / _GATE) ** 2))
    if axis == "emo":
        return gate * _emotional(features, mood)
    if axis == "con":
        return gate * _semantic(features, caption)
    if axis == "cre":
        return gate * (2.0 + _creative(features))
    raise ValueError(f"unknown axis {axis!r}; expected emo, con or cre")


def implied_direction(caption: str) -> dict[str, float]:
    """What the words of a caption imply for a picture: weights by feature, of length 1 or none."""
    words = caption.lower()
    total: dict[str, float] = {}
    for pattern, direction in _IMPLIED.items():
        if re.search(rf"\b(?:{pattern})", words):
            for name, weight in direction.items():
                total[name] = total.get(name, 0.0) + weight
    length = math.sqrt(sum(weight**2 for weight in total.values()))
    return {name: weight / length for name, weight in total.items()} if length > 1e-9 else {}


def _emotional(features: PictureFeatures, mood: Mood) -> float:
    gladness = _z(features, "lightness") + _z(features, "warmth") + _z(features, "saturation")
    excitement = _z(features, "contrast") + _z(features, "detail")
    agreement = mood.valence * gladness / _SD_GLADNESS + mood.arousal * excitement / _SD_EXCITEMENT
    return math.sqrt(1.5) * agreement


def _semantic(features: PictureFeatures, caption: str) -> float:
    direction = implied_direction(caption)
    return sum(weight * _z(features, name) for name, weight in direction.items())


def _creative(features: PictureFeatures) -> float:
    parts = _z(features, "harmony") + _z(features, "thirds") + _z(features, "variety")
    raw = (parts - abs(_z(features, "detail")) - _MEAN_CREATIVE) / _SD_CREATIVE
    return max(-2.0, min(2.0, raw))


def _z(features: PictureFeatures, name: str) -> float:
    mean, sd = REFERENCE[name]
    value: float = getattr(features, name)
    return max(-3.0, min(3.0, (value - mean) / sd))


def _within_one(value: float) -> float:
    return max(-1.0, min(1.0, value))


_GATE = 0.08

# Words (beginnings of them) in a caption, and the look that they imply.
_IMPLIED: Mapping[str, Mapping[str, float]] = {
    r"ocean|sea\b|waves?\b|water|beach|lake|river|ambient|pad\b|harp|sail": {
        "warmth": -1.0, "horizontal": 1.0,
    },
    r"desert|dune|sand|caravan|lute|oud|sitar|blues|spanish|flamenco": {
        "warmth": 1.0, "detail": -0.7,
    },
    r"mountain|epic|orchestra|strings?\b|horn|brass|trumpet|cinematic|film|symphon|march": {
        "contrast": 0.8, "diagonal": 0.8,
    },
    r"forest|wood|tree|folk|flute|acoustic|guitar|celtic|medieval|recorder": {
        "greenness": 1.0, "vertical": 0.8,
    },
    r"city|urban|street|electronic|synth|techno|house\b|hip.?hop|rock\b|metal\b|funk": {
        "vertical": 1.0, "lightness": -0.5,
    },
    r"meadow|flower|garden|country|fiddle|violin|spring|picnic|pastoral|waltz": {
        "greenness": 0.8, "layering": 1.0,
    },
    r"ring|minimal|marimba|bell|church|choir|organ|meditat|sacred|baroque|harpsichord": {
        "symmetry": 1.2,
    },
    r"ribbon|jazz|dance|dancing|piano|swing|saxophone|latin|tango": {
        "diagonal": 0.8, "symmetry": -0.6,
    },
}  # fmt: skip

# Mean and sd of each feature over the first 2,000 pictures of the world 0, rounded.
REFERENCE: Mapping[str, tuple[float, float]] = {
    "lightness": (0.467, 0.213), "warmth": (-0.020, 0.298), "greenness": (-0.117, 0.174),
    "saturation": (0.346, 0.174), "contrast": (0.159, 0.047), "detail": (-3.040, 0.416),
    "horizontal": (0.244, 0.107), "vertical": (0.177, 0.091), "diagonal": (0.579, 0.108),
    "symmetry": (0.567, 0.340), "layering": (0.086, 0.136), "harmony": (0.839, 0.179),
    "thirds": (0.171, 0.030), "variety": (1.687, 0.375),
}  # fmt: skip
_SD_GLADNESS = 2.34
_SD_EXCITEMENT = 1.73
_MEAN_CREATIVE = -0.70
_SD_CREATIVE = 1.73
