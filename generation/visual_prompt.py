"""From descriptors to a visual description in five dimensions, and to the prompt (section 3.3).

The rules read a point on the valence-arousal plane from the mood, the mode and the tempo, and take
the palette and the lighting that are nearest to it. What the caption names (a sea, a city) becomes
the iconography; else the style, else the instrument, else the point suggests it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field, computed_field

from generation import _imagery as imagery
from generation.analyst import Clip
from generation.descriptors import Descriptors


class VisualDescription(BaseModel):
    """y of Eq. 7: five dimensions, and perhaps a word for the mood."""

    model_config = ConfigDict(frozen=True)

    colour_palette: str = Field(description="colours, without the word palette")
    lighting: str = Field(description="an adjective of light")
    iconography: str = Field(description="what is to be seen")
    composition: str = Field(description="an adjective of composition")
    textures: str = Field(description="an adjective of texture")
    mood: str | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def prompt(self) -> str:
        """The dimensions concatenated (Eq. 7), with what is to be seen first: it is cut last."""
        prompt = (
            f"{self.iconography}, {self.colour_palette} palette, {self.lighting} light, "
            f"{self.composition} composition, {self.textures} texture"
        )
        return f"{prompt}, {self.mood} mood" if self.mood else prompt


class Visualiser(Protocol):
    """Whatever can imagine a picture for a described clip: rules now, MusVis-LLM (Eq. 8) later."""

    def visualise(self, clip: Clip, descriptors: Descriptors) -> VisualDescription:
        """Fill all five dimensions; the clip is there for models that listen themselves."""
        ...


class Affect(NamedTuple):
    """A point on the plane of Russell (1980), each coordinate in [-1, 1]."""

    valence: float
    arousal: float


class RuleVisualiser:
    """Fixed rules; equal input gives equal output."""

    def visualise(self, clip: Clip, descriptors: Descriptors) -> VisualDescription:
        affect = affect_of(descriptors)
        return VisualDescription(
            colour_palette=_nearest(imagery.PALETTES, affect),
            lighting=_nearest(imagery.LIGHTINGS, affect),
            iconography=_iconography(clip.caption, descriptors, affect),
            composition=_composition(descriptors, affect),
            textures=_textures(descriptors, affect),
            mood=descriptors.mood.value,
        )


def affect_of(descriptors: Descriptors) -> Affect:
    """Valence from mood and mode, arousal from mood and tempo; a mood counts twice.

    Major is +0.4, minor -0.4 (a tendency, not a law); 60 bpm and less is -0.8, 180 and more +0.8,
    linear in between. Without any of them the point is the centre.
    """
    moods = [descriptors.mood.value, *descriptors.mood.alternatives]
    points = [imagery.MOODS[mood] for mood in moods if mood]
    valences = [v for v, _ in points]
    arousals = [a for _, a in points]
    mode, bpm = descriptors.key.mode, descriptors.tempo.bpm
    return Affect(
        _blend(valences, None if mode is None else 0.4 if mode == "major" else -0.4),
        _blend(arousals, None if bpm is None else max(-0.8, min(0.8, (bpm - 120) / 75))),
    )


def _blend(from_moods: list[float], measured: float | None) -> float:
    stated = sum(from_moods) / len(from_moods) if from_moods else None
    if stated is None:
        return measured or 0.0
    return stated if measured is None else (2 * stated + measured) / 3


def _nearest(words: Mapping[str, tuple[float, float]], affect: Affect) -> str:
    return min(
        words,
        key=lambda w: (words[w][0] - affect.valence) ** 2 + (words[w][1] - affect.arousal) ** 2,
    )


def _iconography(caption: str, descriptors: Descriptors, affect: Affect) -> str:
    """What the caption names first; else what style or instrument suggests; else the affect."""
    named = {
        match.start(): scene
        for scene, pattern in imagery.SCENE_CUES.items()
        if (match := re.search(pattern, caption, re.IGNORECASE))
    }
    if named:
        return named[min(named)]
    return _suggested(imagery.SCENE_OF_LABEL, descriptors) or _nearest(imagery.SCENES, affect)


def _composition(descriptors: Descriptors, affect: Affect) -> str:
    """A triple metre turns, speed leans, strict styles mirror, slowness widens."""
    if descriptors.time_signature.value in ("3/4", "6/8"):
        return "swirling"
    if affect.arousal > 0.3:
        return "dynamic diagonal"
    if descriptors.style.value in imagery.STRICT_STYLES:
        return "symmetrical"
    return "wide" if affect.arousal < -0.3 else "balanced"


def _textures(descriptors: Descriptors, affect: Affect) -> str:
    suggested = _suggested(imagery.TEXTURE_OF_LABEL, descriptors)
    return suggested or ("grainy" if affect.arousal > 0 else "smooth")


def _suggested(table: Mapping[str, str], descriptors: Descriptors) -> str | None:
    """What the first style, or else the first instrument, with an entry in `table` suggests."""
    style, instrument = descriptors.style, descriptors.instrument
    labels = (style.value, *style.alternatives, instrument.value, *instrument.alternatives)
    return next((table[label] for label in labels if label and label in table), None)
