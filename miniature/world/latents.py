"""The hidden attributes that the music, the caption and the picture of one triple share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from miniature.world.vocabulary import (
    COMPOSITIONS,
    LIGHTINGS,
    PALETTES,
    SCENES,
    TEXTURES,
    Composition,
    Lighting,
    Palette,
    Scene,
    Texture,
)

Mode = Literal["major", "minor"]
Background = Literal["birds", "fire", "wind", "crickets", "thunder"]
Figure = Literal["chords", "held", "arpeggio", "run"]
Percussion = Literal["none", "shaker", "brushes", "hand drum"]

BEATS_PER_BAR = (3, 4)

# Where each value feels at home on the valence-arousal plane; nearer values are drawn more often.
PALETTE_MOODS: dict[Palette, tuple[float, float]] = {
    "amber": (0.6, 0.1), "crimson": (-0.4, 0.8), "azure": (0.3, -0.5), "emerald": (0.5, -0.2),
    "violet": (-0.3, -0.2), "rose": (0.7, -0.6), "slate": (-0.8, -0.5), "neon": (0.2, 0.9),
}  # fmt: skip
LIGHTING_MOODS: dict[Lighting, tuple[float, float]] = {
    "daylight": (0.7, 0.5), "golden": (0.6, -0.2), "twilight": (-0.1, -0.6),
    "moonlit": (-0.6, -0.5), "stormy": (-0.6, 0.8),
}  # fmt: skip


# What sounds as a picture looks: the light is heard around the music, the composition in the figure
# of its accompaniment, the texture in its percussion.
BACKGROUND_OF: dict[Lighting, Background] = {
    "daylight": "birds", "golden": "fire", "twilight": "wind", "moonlit": "crickets",
    "stormy": "thunder",
}  # fmt: skip
FIGURE_OF: dict[Composition, Figure] = {
    "centred": "chords", "wide": "held", "symmetrical": "arpeggio", "diagonal": "run",
}  # fmt: skip
PERCUSSION_OF: dict[Texture, Percussion] = {
    "smooth": "none", "grainy": "shaker", "brushed": "brushes", "woven": "hand drum",
}  # fmt: skip
_SHARE_FOLLOWING = 0.8

Seen = TypeVar("Seen")
Heard = TypeVar("Heard")


@dataclass(frozen=True)
class Genre:
    """What a scene sounds like: a style, who leads, who accompanies, whether drums play."""

    style: str
    leads: tuple[str, ...]
    accompaniments: tuple[str, ...]
    has_drums: bool
    scenario: str


GENRES: dict[Scene, Genre] = {
    "ocean": Genre("ambient", ("pad", "bell"), ("pad",), False, "a film about the sea"),
    "dunes": Genre("desert blues", ("lute",), ("drone",), True, "a journey through the desert"),
    "mountains": Genre("orchestral", ("strings", "horn"), ("strings",), False, "an epic film"),
    "forest": Genre("folk", ("flute",), ("guitar",), False, "a walk in the woods"),
    "city": Genre("electronic", ("synth",), ("synth bass",), True, "a drive through a city"),
    "meadow": Genre("country", ("fiddle",), ("guitar",), False, "a picnic in the countryside"),
    "rings": Genre("minimalist", ("marimba", "bell"), ("marimba",), False, "an art installation"),
    "ribbons": Genre("jazz", ("piano",), ("double bass",), True, "an evening of dancing"),
}


@dataclass(frozen=True)
class Latents:
    """One point of the world. valence and arousal lie in [-1, 1]; tonic counts semitones from C."""

    valence: float
    arousal: float
    scene: Scene
    palette: Palette
    lighting: Lighting
    composition: Composition
    texture: Texture
    tonic: int
    mode: Mode
    tempo_bpm: float
    beats_per_bar: int
    lead: str
    accompaniment: str
    background: Background
    figure: Figure
    percussion: Percussion
    seed: int
    """Decides everything below the attributes: where a hill stands, which note comes next."""

    @property
    def genre(self) -> Genre:
        return GENRES[self.scene]


def triple_seed(seed: int, index: int) -> np.random.Generator:
    """The generator of triple `index` of the world `seed`, independent of all other triples."""
    return np.random.default_rng((seed, index))


def sample_latents(rng: np.random.Generator) -> Latents:
    """Draw one point of the world.

    Mood is uniform on the square; palette and lighting follow it three times in four and are free
    otherwise, so that mood and picture are correlated and yet every combination occurs. Likewise
    background, figure and percussion follow the picture four times in five.
    """
    valence, arousal = (float(value) for value in rng.uniform(-1.0, 1.0, 2))
    scene = SCENES[int(rng.integers(len(SCENES)))]
    is_major = rng.random() < 1.0 / (1.0 + np.exp(-4.0 * valence))
    genre = GENRES[scene]
    lighting = LIGHTINGS[_by_mood(rng, list(LIGHTING_MOODS.values()), valence, arousal)]
    composition = COMPOSITIONS[int(rng.integers(len(COMPOSITIONS)))]
    texture = TEXTURES[int(rng.integers(len(TEXTURES)))]
    return Latents(
        valence=valence,
        arousal=arousal,
        scene=scene,
        palette=PALETTES[_by_mood(rng, list(PALETTE_MOODS.values()), valence, arousal)],
        lighting=lighting,
        composition=composition,
        texture=texture,
        tonic=int(rng.integers(12)),
        mode="major" if is_major else "minor",
        tempo_bpm=float(np.clip(108.0 * 2.0 ** (0.75 * arousal + rng.normal(0, 0.1)), 52, 200)),
        beats_per_bar=BEATS_PER_BAR[int(rng.random() < 0.7)],
        lead=genre.leads[int(rng.integers(len(genre.leads)))],
        accompaniment=genre.accompaniments[int(rng.integers(len(genre.accompaniments)))],
        background=_following(rng, BACKGROUND_OF, lighting),
        figure=_following(rng, FIGURE_OF, composition),
        percussion=_following(rng, PERCUSSION_OF, texture),
        seed=int(rng.integers(2**31)),
    )


def _following(rng: np.random.Generator, sound_of: Mapping[Seen, Heard], seen: Seen) -> Heard:
    """The sound that belongs to what is seen, or now and then any of them."""
    sounds = list(sound_of.values())
    free = sounds[int(rng.integers(len(sounds)))]
    return sound_of[seen] if rng.random() < _SHARE_FOLLOWING else free


def _by_mood(
    rng: np.random.Generator,
    homes: list[tuple[float, float]],
    valence: float,
    arousal: float,
) -> int:
    if rng.random() < 0.25:
        return int(rng.integers(len(homes)))
    distances = np.array([(v - valence) ** 2 + (a - arousal) ** 2 for v, a in homes])
    weights = np.exp(-3.0 * distances)
    return int(rng.choice(len(homes), p=weights / weights.sum()))
