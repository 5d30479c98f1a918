"""Gold utilities: fixed programs that say how much a picture is worth for a clip on each axis.

Nothing that learns may see them, nor the examiner (`miniature.classifier`) that they look through.
z(.) are the features of `miniature.picture_features`, standardised over drawn pictures of the
world; s(z) = 2 tanh(z / 2), so that no feature can be driven without end; S(x; a, b) rises smoothly
from exactly 0 below a to exactly 1 above b (3 t^2 - 2 t^3 of the share t of the way).

Every utility is multiplied by how far the picture shows anything at all:

    g = S(richness; 0.02, 0.07)             0 for constant pictures, 1 for all drawn ones
        * S(coherence; 0.15, 0.40)          0 for noise of single pixels
        * (1 - S(clipped; 0.30, 0.80))      0 where all is black, white or an edge of RGB
        * (1 - P(nothing | picture))        by the examiner: gradients, checks, clouds, scraps

**u_emo**, the fit of tone to mood, after the affect of colours and of contrast (Palmer et al. 2013;
Whiteford et al. 2018), bilinear, so that no one tone suits all clips:

    r = f - 0.5 * E[f | palette, lighting]      f: saturation, warmth, lightness, contrast, detail
    V = z(2 s(z(r_lightness)) + s(z(r_warmth)) + s(z(r_saturation)))
    A = z(2 s(z(r_contrast)) + s(z(r_saturation)) + 0.5 s(z(r_detail)))
    u_emo = g * sqrt(3/2) * (valence * V + arousal * A)

The expectation is taken under the examiner's posterior of palette and lighting for the picture
itself, over pictures of neutral mood: a picture is dark *for moonlight*. Half of it stays, so that
palette and light still matter a little, and yet a violet night can be made to fit a glad clip.

**u_con**, the bounded log-odds of the meant scenes (weights w that add to 1) against chance:

    q = scene posterior at temperature 2, P(nothing) shared out evenly among the 8 scenes
    u_con = g * log((8 sum_s w_s q_s + 1/4) / (1 + 1/4))           in [-1.61, 1.89]

0 when nothing is known of the clip, and about 0 for a picture of none of the scenes.

**u_cre**, the same for all clips: harmonious hues, detail near the thirds, colours neither poor nor
garish, detail neither blank nor busy, with b(x) = 2 exp(-x^2 / 2) - 1:

    C = 2 tanh(2/3 z(tanh z(harmony) + tanh z(thirds) + b(z(variety) - 0.5) + 0.5 b(z(detail))))
    u_cre = g * (2 + C)                                            in [0, 4]

Each has a standard deviation of about 1 over drawn pictures x clips, and the three are nearly
independent. The numbers that standardise are in gold_reference.json; `python -m miniature.train
gold` measures them again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from miniature.classifier import NOTHING, load_classifier
from miniature.gold_reference import FORM, TONE, GoldReference, load_reference
from miniature.picture_features import SIZE_PX, PictureFeatures, features_of
from miniature.world.latents import Latents
from miniature.world.vocabulary import SCENES, Scene
from workbench.axes import AXES, Axis

Floats = NDArray[np.float64]
Mode = Literal["major", "minor"]

_IMPLIED_SHARE = 0.5
_TEMPERATURE = 2.0
_LEAST_LIKELY = 1 / 32
_COLOUR_STEPS = 5

# Weights in the order of TONE: saturation, warmth, lightness, contrast, detail.
_GLADNESS = np.array([1.0, 1.0, 2.0, 0.0, 0.0])
_EXCITEMENT = np.array([1.0, 0.0, 0.0, 2.0, 0.5])


class Mood(NamedTuple):
    """What a clip feels like; both in [-1, 1]."""

    valence: float
    arousal: float


@dataclass(frozen=True)
class Truth:
    """What is known of a clip. Weights of `scenes` add to 1; empty when its scene is not known."""

    mood: Mood
    scenes: Mapping[Scene, float]

    def __post_init__(self) -> None:
        if not all(-1.0 <= value <= 1.0 for value in self.mood):
            raise ValueError(f"a mood lies in [-1, 1], not {tuple(self.mood)}")
        if not set(self.scenes) <= set(SCENES):
            raise ValueError(f"unknown scene in {sorted(self.scenes)}; expected some of {SCENES}")
        weights = self.scenes.values()
        if weights and not (min(weights) >= 0 and abs(sum(weights) - 1) < 1e-6):
            raise ValueError(
                f"weights of scenes are at least 0 and add to 1, not {dict(self.scenes)}"
            )


class Seen(NamedTuple):
    """What the utilities see in n pictures, whatever the clip.

    shown: g (n,). gladness, excitement: V, A (n,). fit: q by scene (n, 8). appeal: C (n,).
    """

    shown: Floats
    gladness: Floats
    excitement: Floats
    fit: Floats
    appeal: Floats


def truth_of(latents: Latents) -> Truth:
    """What is true of a clip of the world."""
    return Truth(Mood(latents.valence, latents.arousal), {latents.scene: 1.0})


def truth_heard(mode: Mode | None, tempo_bpm: float | None, caption: str) -> Truth:
    """What mode, tempo and caption tell of a clip from outside of the world.

    Every word of the caption that belongs to a scene counts once for it.
    Raises ValueError for a tempo that is not a positive number.
    """
    counts = {
        scene: len(re.findall(rf"\b(?:{words})", caption.lower()))
        for scene, words in _WORDS_OF.items()
    }
    total = sum(counts.values())
    heard = {scene: count / total for scene, count in counts.items() if count}
    return Truth(mood_of(mode, tempo_bpm), heard)


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


def utilities(pictures: NDArray[np.uint8], truths: Sequence[Truth]) -> Floats:
    """Worth (n, 3) of pictures, uint8 RGB (n, h, w, 3), each for its own clip, in order of AXES.

    Raises ValueError for another dtype or shape, or for not as many clips as pictures.
    """
    if len(pictures) != len(truths):
        raise ValueError(f"expected a clip for each picture, not {len(truths)} for {len(pictures)}")
    return worth(see(pictures), truths)


def utility(axis: Axis, picture: NDArray[np.uint8], truth: Truth) -> float:
    """Worth of one picture, uint8 RGB (h, w, 3), on one axis; see `utilities`."""
    if axis not in AXES:
        raise ValueError(f"unknown axis {axis!r}; expected {', '.join(AXES)}")
    return float(utilities(picture[None], [truth])[0, AXES.index(axis)])


def best_constant(truths: Sequence[Truth]) -> Floats:
    """(3,) mean worth over the clips of that one constant picture which is best on each axis.

    Of 5 x 5 x 5 colours. Raises ValueError without clips.
    """
    if not truths:
        raise ValueError("the best constant picture needs at least one clip")
    levels = np.linspace(0, 255, _COLOUR_STEPS).round().astype(np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 1, 1, 3)
    seen = see(np.broadcast_to(colours, (len(colours), SIZE_PX, SIZE_PX, 3)))
    means = [
        worth(Seen(*(np.repeat(part[[k]], len(truths), axis=0) for part in seen)), truths).mean(0)
        for k in range(len(colours))
    ]
    return np.asarray(np.max(means, axis=0))


def see(pictures: NDArray[np.uint8]) -> Seen:
    """Everything about pictures, uint8 (n, h, w, 3), that does not depend on the clip."""
    reference = load_reference()
    features = features_of(pictures)
    judged = load_classifier("examiner").judge(pictures)
    tone = relative_tone(features, judged, np.array(reference.implied))
    appeal = reference.appeal.standardised(raw_appeal(features, reference))
    return Seen(
        shown=_shown(features) * (1 - np.exp(judged["scene"][:, NOTHING])),
        gladness=reference.gladness.standardised(raw_gladness(tone, reference)),
        excitement=reference.excitement.standardised(raw_excitement(tone, reference)),
        fit=_scene_fit(judged["scene"]),
        appeal=2 * np.tanh(2 / 3 * appeal),
    )


def worth(seen: Seen, truths: Sequence[Truth]) -> Floats:
    """(n, 3) worth of n pictures that were seen, each for its own clip: the rest of `utilities`."""
    valence, arousal = np.array([truth.mood for truth in truths]).T
    meant = np.array([[truth.scenes.get(scene, 0.0) for scene in SCENES] for truth in truths])
    is_known = meant.sum(axis=1) > 0
    emo = math.sqrt(1.5) * (valence * seen.gladness + arousal * seen.excitement)
    odds = len(SCENES) * ((meant * seen.fit).sum(axis=1) + _LEAST_LIKELY)
    con = np.log(odds / (1 + len(SCENES) * _LEAST_LIKELY)) * is_known
    return np.asarray(seen.shown[:, None] * np.stack([emo, con, 2 + seen.appeal], axis=1))


def relative_tone(
    features: PictureFeatures[Floats], judged: Mapping[str, Floats], implied: Floats
) -> Floats:
    """(n, 5) tone less half of what palette and lighting imply; `implied` is (8, 5, 5)."""
    tone = np.stack([getattr(features, name) for name in TONE], axis=1)
    palettes, lightings = np.exp(judged["palette"]), np.exp(judged["lighting"])
    expected = np.einsum("np,nl,plf->nf", palettes, lightings, implied, optimize=True)
    return np.asarray(tone - _IMPLIED_SHARE * expected)


def raw_gladness(tone: Floats, reference: GoldReference) -> Floats:
    """V before it is scaled, of relative tone (n, 5)."""
    return np.asarray(_bounded_tone(tone, reference) @ _GLADNESS)


def raw_excitement(tone: Floats, reference: GoldReference) -> Floats:
    """A before it is scaled, of relative tone (n, 5)."""
    return np.asarray(_bounded_tone(tone, reference) @ _EXCITEMENT)


def raw_appeal(features: PictureFeatures[Floats], reference: GoldReference) -> Floats:
    """C before it is standardised and bounded."""
    z = {name: reference.form[name].standardised(getattr(features, name)) for name in FORM}
    harmonious, placed = np.tanh(z["harmony"]), np.tanh(z["thirds"])
    return np.asarray(harmonious + placed + _bump(z["variety"] - 0.5) + 0.5 * _bump(z["detail"]))


def _shown(features: PictureFeatures[Floats]) -> Floats:
    rich = _smooth_step(features.richness, 0.02, 0.07)
    coherent = _smooth_step(features.coherence, 0.15, 0.40)
    return np.asarray(rich * coherent * (1 - _smooth_step(features.clipped, 0.30, 0.80)))


def _scene_fit(log_scenes: Floats) -> Floats:
    """(n, 9) log-posterior with "nothing" -> (n, 8) tempered posterior of the scenes alone."""
    tempered = np.exp(log_scenes / _TEMPERATURE)
    tempered /= tempered.sum(axis=1, keepdims=True)
    return np.asarray(tempered[:, :-1] + tempered[:, -1:] / len(SCENES))


def _bounded_tone(tone: Floats, reference: GoldReference) -> Floats:
    means = np.array([spread.mean for spread in reference.tone])
    sds = np.array([spread.sd for spread in reference.tone])
    return np.asarray(2 * np.tanh((tone - means) / sds / 2))


def _bump(x: Floats) -> Floats:
    return np.asarray(2 * np.exp(-0.5 * x**2) - 1)


def _smooth_step(x: Floats, low: float, high: float) -> Floats:
    share = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(share**2 * (3 - 2 * share))


def _within_one(value: float) -> float:
    return max(-1.0, min(1.0, value))


# Words (beginnings of them) in a caption, and the scene that they belong to.
_WORDS_OF: Mapping[Scene, str] = {
    "ocean": r"ocean|sea\b|waves?\b|water|beach|lake|river|ambient|pad\b|harp\b|sail",
    "dunes": r"desert|dune|sand|caravan|lute|oud\b|sitar|blues|drone|spanish|flamenco",
    "mountains": r"mountain|epic|orchestra|strings?\b|horn|brass|trumpet|cinematic|film|symphon|"
                 r"march|alpine|cliff",
    "forest": r"forest|wood|trees?\b|folk|flute|acoustic|guitar|celtic|medieval|recorder",
    "city": r"city|urban|street|skyscraper|electronic|synth|techno|house\b|hip.?hop|rock\b|metal\b|"
            r"funk",
    "meadow": r"meadow|flower|garden|countr|fiddle|violin|spring|picnic|pastoral|waltz|field",
    "rings": r"ring|circle|minimal|marimba|bell|church|choir|organ|meditat|sacred|baroque|"
             r"harpsichord",
    "ribbons": r"ribbon|jazz|danc|piano|swing|saxophone|latin|tango|double bass",
}  # fmt: skip
