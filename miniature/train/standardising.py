"""Measure on drawn pictures what the gold utilities are standardised by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from miniature.classifier import load_classifier
from miniature.gold import raw_appeal, raw_excitement, raw_gladness, relative_tone
from miniature.gold_reference import FORM, TONE, GoldReference, Spread
from miniature.picture_features import PictureFeatures, features_of
from miniature.train.drawn import world_latents
from miniature.world.latents import Latents
from miniature.world.pictures import draw_picture
from miniature.world.vocabulary import LIGHTINGS, PALETTES, SCENES, Lighting, Palette

Floats = NDArray[np.float64]

_DIGITS = 4


def measured_reference(*, pictures: int, of_each: int, seed: int = 0) -> GoldReference:
    """Means and standard deviations over the first `pictures` points of the world `seed`.

    Tone that palette and lighting imply is the mean over `of_each` pictures of neutral mood of
    every pair of them, in all scenes by turns.
    """
    points = world_latents(pictures, seed)
    drawn = np.stack([draw_picture(point) for point in points])
    features, judged = features_of(drawn), load_classifier("examiner").judge(drawn)
    implied = _implied_tone(world_latents(of_each, seed))
    tone = relative_tone(features, judged, implied)
    flat = Spread(mean=0.0, sd=1.0)
    reference = GoldReference(
        implied=implied.tolist(),
        tone=tuple(_spread(values) for values in tone.T),
        form={name: _spread(getattr(features, name)) for name in FORM},
        gladness=flat,
        excitement=flat,
        appeal=flat,
    )
    return reference.model_copy(update=_of_sums(reference, features, tone))


def _of_sums(
    reference: GoldReference, features: PictureFeatures[Floats], tone: Floats
) -> Mapping[str, Spread]:
    return {
        "gladness": _spread(raw_gladness(tone, reference)),
        "excitement": _spread(raw_excitement(tone, reference)),
        "appeal": _spread(raw_appeal(features, reference)),
    }


def _implied_tone(points: list[Latents]) -> Floats:
    """(8, 5, 5) mean tone by palette and lighting."""
    means = np.zeros((len(PALETTES), len(LIGHTINGS), len(TONE)))
    for row, palette in enumerate(PALETTES):
        for column, lighting in enumerate(LIGHTINGS):
            cell = features_of(_neutral_pictures(points, palette, lighting))
            means[row, column] = [getattr(cell, name).mean() for name in TONE]
    return means.round(_DIGITS)


def _neutral_pictures(
    points: list[Latents], palette: Palette, lighting: Lighting
) -> NDArray[np.uint8]:
    neutral = [
        replace(point, scene=SCENES[index % len(SCENES)], valence=0.0, arousal=0.0)
        for index, point in enumerate(points)
    ]
    return np.stack(
        [draw_picture(replace(point, palette=palette, lighting=lighting)) for point in neutral]
    )


def _spread(values: Floats) -> Spread:
    return Spread(mean=round(float(values.mean()), _DIGITS), sd=round(float(values.std()), _DIGITS))
