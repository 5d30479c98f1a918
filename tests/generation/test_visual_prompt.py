from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generation import _imagery as imagery
from generation._labels import INSTRUMENTS, MOODS, STYLES
from generation.analyst import Clip
from generation.audio import Recording
from generation.descriptors import Descriptors, Key, Label, Tempo, TimeSignature
from generation.visual_prompt import RuleVisualiser, VisualDescription, affect_of
from miniature.world import vocabulary

SILENCE = Recording(Path("song.wav"), np.zeros(1, np.float32), 22_050)


def described(
    *,
    instrument: str | None = None,
    style: str | None = None,
    mood: str | None = None,
    key: str | None = None,
    bpm: float | None = None,
    metre: str | None = None,
) -> Descriptors:
    return Descriptors(
        instrument=Label(value=instrument),
        style=Label(value=style),
        mood=Label(value=mood),
        key=Key(value=key),
        tempo=Tempo(bpm=bpm),
        time_signature=TimeSignature(value=metre),
    )


def seen(descriptors: Descriptors, caption: str = "") -> VisualDescription:
    return RuleVisualiser().visualise(Clip(SILENCE, caption), descriptors)


def test_prompt_names_the_five_dimensions() -> None:
    description = VisualDescription(
        colour_palette="azure",
        lighting="bright",
        iconography="ocean waves",
        composition="wide",
        textures="smooth",
    )

    assert description.prompt == (
        "ocean waves, azure palette, bright light, wide composition, smooth texture"
    )


def test_prompt_ends_in_the_mood() -> None:
    assert seen(described(mood="sad")).prompt.endswith(" texture, sad mood")


def test_prompt_is_part_of_the_json() -> None:
    description = seen(described())

    assert description.model_dump()["prompt"] == description.prompt


def test_rules_turn_a_slow_sad_minor_song_dark() -> None:
    assert seen(described(mood="sad", key="A minor", bpm=60.0)) == VisualDescription(
        colour_palette="slate",
        lighting="moonlit",
        iconography="a deep forest",
        composition="wide",
        textures="smooth",
        mood="sad",
    )


def test_rules_turn_a_fast_major_song_bright() -> None:
    assert seen(described(key="G major", bpm=150.0, style="country")) == VisualDescription(
        colour_palette="amber",
        lighting="bright",
        iconography="a flower meadow",
        composition="dynamic diagonal",
        textures="woven",
    )


def test_iconography_is_first_what_the_caption_names_first() -> None:
    caption = "From the city to the Ocean and back"

    assert seen(described(style="folk"), caption).iconography == "a city skyline"


def test_iconography_matches_whole_words_only() -> None:
    assert seen(described(style="folk"), "a season of capacity").iconography == "a deep forest"


def test_iconography_is_suggested_by_the_style_before_the_instrument() -> None:
    assert seen(described(style="jazz", instrument="flute")).iconography == "flowing ribbons"
    assert seen(described(instrument="flute")).iconography == "a deep forest"


@pytest.mark.parametrize(
    ("descriptors", "composition"),
    [
        (described(metre="3/4", bpm=160.0), "swirling"),
        (described(metre="4/4", bpm=160.0), "dynamic diagonal"),
        (described(style="baroque", bpm=100.0), "symmetrical"),
        (described(bpm=70.0), "wide"),
        (described(), "balanced"),
    ],
)
def test_composition_follows_metre_tempo_and_style(
    descriptors: Descriptors, composition: str
) -> None:
    assert seen(descriptors).composition == composition


def test_affect_counts_the_mood_twice() -> None:
    affect = affect_of(described(mood="sad", key="C major", bpm=195.0))

    assert affect == pytest.approx(((2 * -0.7 + 0.4) / 3, (2 * -0.5 + 0.8) / 3))


def test_affect_of_nothing_known_is_the_centre() -> None:
    assert affect_of(described()) == (0.0, 0.0)


def test_every_label_of_the_rules_exists() -> None:
    labels = {*INSTRUMENTS, *STYLES}

    assert {*imagery.MOODS} == {*MOODS}
    assert {*imagery.SCENE_OF_LABEL} <= labels
    assert {*imagery.TEXTURE_OF_LABEL} <= labels
    assert {*imagery.STRICT_STYLES} <= labels


def test_every_word_of_the_rules_is_known_to_the_miniature_painter() -> None:
    def known(phrases: dict[str, tuple[str, ...]]) -> set[str]:
        return {phrase for several in phrases.values() for phrase in several}

    scenes = {*imagery.SCENES, *imagery.SCENE_CUES, *imagery.SCENE_OF_LABEL.values()}
    textures = {*imagery.TEXTURE_OF_LABEL.values(), "grainy", "smooth"}
    compositions = {"swirling", "dynamic diagonal", "symmetrical", "wide", "balanced"}

    assert scenes - known(vocabulary.SCENE_PHRASES) == set()
    assert {*imagery.PALETTES} - known(vocabulary.PALETTE_PHRASES) == set()
    assert {*imagery.LIGHTINGS} - known(vocabulary.LIGHTING_PHRASES) == set()
    assert textures - known(vocabulary.TEXTURE_PHRASES) == set()
    assert compositions - known(vocabulary.COMPOSITION_PHRASES) == set()
    assert {*imagery.MOODS} - {*vocabulary.MOODS} == set()
