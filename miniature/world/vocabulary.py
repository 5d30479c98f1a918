"""The words of the world: what can be in a picture, and how prompts name it.

A prompt of the world has the form that `generation` composes:
"{iconography}, {palette} palette, {lighting} light, {composition} composition, {textures} texture"
and sometimes ends in ", {mood} mood". The first phrase of a value is its plain name; the others
are wordings that mean the same, so that the painter also follows prompts that no rule of the
world wrote.
"""

from __future__ import annotations

from typing import Literal, get_args

Scene = Literal["ocean", "dunes", "mountains", "forest", "city", "meadow", "rings", "ribbons"]
Palette = Literal["amber", "crimson", "azure", "emerald", "violet", "rose", "slate", "neon"]
Lighting = Literal["daylight", "golden", "twilight", "moonlit", "stormy"]
Composition = Literal["centred", "wide", "symmetrical", "diagonal"]
Texture = Literal["smooth", "grainy", "brushed", "woven"]

SCENES: tuple[Scene, ...] = get_args(Scene)
PALETTES: tuple[Palette, ...] = get_args(Palette)
LIGHTINGS: tuple[Lighting, ...] = get_args(Lighting)
COMPOSITIONS: tuple[Composition, ...] = get_args(Composition)
TEXTURES: tuple[Texture, ...] = get_args(Texture)

SCENE_PHRASES: dict[Scene, tuple[str, ...]] = {
    "ocean": (
        "ocean waves", "a calm sea", "waves rolling to the shore", "the open sea at the horizon",
        "a quiet lake", "water and a distant shore", "sailing on the sea", "a river of still water",
    ),
    "dunes": (
        "desert dunes", "sand dunes", "a caravan in the desert", "an endless desert",
        "wind over golden sand", "dry hills of sand", "a wide empty plain", "a lonely road",
    ),
    "mountains": (
        "mountain peaks", "snowy mountains", "a mountain range", "a castle among mountains",
        "high cliffs and peaks", "a knight before the mountains", "an alpine ridge",
        "a cathedral of rock",
    ),
    "forest": (
        "a pine forest", "a deep forest", "trees in a misty wood", "an old woodland path",
        "tall trees", "a cabin between trees", "a forest clearing", "a village by the woods",
    ),
    "city": (
        "a city skyline", "city towers with lit windows", "a busy street at night",
        "skyscrapers", "rooftops of a town", "a jazz club street", "a concert hall in the city",
        "factory towers and machines",
    ),
    "meadow": (
        "a flower meadow", "rolling hills with flowers", "a garden in bloom", "a green field",
        "wild flowers on a hill", "a country dance in a meadow", "a spring garden",
        "a picnic among flowers",
    ),
    "rings": (
        "concentric rings", "abstract circles", "a mandala of rings", "ripples of pure form",
        "a glowing circle", "bells drawn as circles", "planets and orbits", "a spiral of circles",
    ),
    "ribbons": (
        "flowing ribbons", "dancing lines", "abstract flowing shapes", "swirling bands of colour",
        "dancers as curved lines", "waves of sound", "a dance floor of moving bands",
        "abstract shapes in motion",
    ),
}  # fmt: skip

PALETTE_PHRASES: dict[Palette, tuple[str, ...]] = {
    "amber": ("amber", "warm golden", "gold and ochre", "honey and brown", "warm earth",
              "yellow and orange"),
    "crimson": ("crimson", "deep red", "red and black", "blood red and rust", "fiery red",
                "burning ember"),
    "azure": ("azure", "cool blue", "blue and white", "clear sky blue", "deep blue", "icy blue"),
    "emerald": ("emerald", "fresh green", "green and gold", "moss green", "leafy green",
                "teal and green"),
    "violet": ("violet", "dusky purple", "purple and plum", "indigo and lilac", "violet and blue",
               "mystic purple"),
    "rose": ("rose", "soft pastel", "pink and cream", "rose and peach", "pale pink",
             "tender pastel"),
    "slate": ("slate", "muted grey", "grey and silver", "desaturated grey", "cold grey",
              "black and white"),
    "neon": ("neon", "neon magenta and cyan", "electric neon", "vivid pink and turquoise",
             "bright neon on black", "saturated electric"),
}  # fmt: skip

LIGHTING_PHRASES: dict[Lighting, tuple[str, ...]] = {
    "daylight": ("bright", "clear day", "bright morning", "radiant", "sunny"),
    "golden": ("golden", "warm evening", "sunset", "candle", "glowing"),
    "twilight": ("twilight", "dusk", "soft diffuse", "dim", "hazy"),
    "moonlit": ("moonlit", "dark night", "moon", "starry night", "faint silver"),
    "stormy": ("stormy", "dramatic contrasting", "harsh", "flashing", "hard directional"),
}

COMPOSITION_PHRASES: dict[Composition, tuple[str, ...]] = {
    "centred": ("centred", "balanced", "calm centred", "close-up"),
    "wide": ("wide", "open panoramic", "spacious", "low horizon"),
    "symmetrical": ("symmetrical", "mirrored", "formal symmetric", "ordered"),
    "diagonal": ("diagonal", "dynamic diagonal", "tilted", "swirling"),
}

TEXTURE_PHRASES: dict[Texture, tuple[str, ...]] = {
    "smooth": ("smooth", "soft", "silky", "glassy"),
    "grainy": ("grainy", "rough", "gritty", "sandy"),
    "brushed": ("brushed", "painterly brushstroke", "oil paint", "thick brushed"),
    "woven": ("woven", "canvas", "fabric", "patterned"),
}

MOODS: dict[str, tuple[float, float]] = {
    "joyful": (0.8, 0.6), "happy": (0.8, 0.3), "euphoric": (0.9, 0.9), "lively": (0.5, 0.7),
    "energetic": (0.4, 0.9), "playful": (0.6, 0.4), "triumphant": (0.6, 0.8),
    "serene": (0.6, -0.7), "peaceful": (0.7, -0.8), "calm": (0.4, -0.7), "tender": (0.5, -0.4),
    "dreamy": (0.3, -0.6), "romantic": (0.6, -0.2), "relaxed": (0.6, -0.6),
    "tense": (-0.5, 0.6), "angry": (-0.8, 0.8), "aggressive": (-0.6, 0.9), "ominous": (-0.7, 0.4),
    "dramatic": (-0.2, 0.7), "frightening": (-0.9, 0.6), "dark": (-0.7, 0.1),
    "melancholic": (-0.6, -0.4), "sad": (-0.7, -0.5), "gloomy": (-0.8, -0.4),
    "mournful": (-0.9, -0.6), "lonely": (-0.6, -0.6), "nostalgic": (-0.1, -0.4),
    "solemn": (-0.3, -0.5), "neutral": (0.0, 0.0), "mysterious": (-0.3, 0.0),
}  # fmt: skip
"""Mood word -> (valence, arousal), each in [-1, 1] (after Russell's circumplex)."""


def nearest_mood(valence: float, arousal: float) -> str:
    """The mood word closest to a point of the valence-arousal plane."""
    return min(MOODS, key=lambda w: (MOODS[w][0] - valence) ** 2 + (MOODS[w][1] - arousal) ** 2)
