"""The words of the rule-based visualiser, and where each lies on the valence-arousal plane.

Points are (valence, arousal), each in [-1, 1], after Russell's circumplex; which colours suit them
follows Palmer et al. (2013): happier music is matched with lighter, warmer, more saturated colours.
"""

from __future__ import annotations

Point = tuple[float, float]

MOODS: dict[str, Point] = {
    "aggressive": (-0.6, 0.9), "angry": (-0.8, 0.8), "calm": (0.4, -0.7), "dark": (-0.7, 0.1),
    "dramatic": (-0.2, 0.7), "dreamy": (0.3, -0.6), "energetic": (0.4, 0.9),
    "euphoric": (0.9, 0.9), "frightening": (-0.9, 0.6), "gloomy": (-0.8, -0.4),
    "happy": (0.8, 0.3), "joyful": (0.8, 0.6), "lively": (0.5, 0.7), "lonely": (-0.6, -0.6),
    "melancholic": (-0.6, -0.4), "mournful": (-0.9, -0.6), "mysterious": (-0.3, 0.0),
    "neutral": (0.0, 0.0), "nostalgic": (-0.1, -0.4), "ominous": (-0.7, 0.4),
    "peaceful": (0.7, -0.8), "playful": (0.6, 0.4), "relaxed": (0.6, -0.6),
    "romantic": (0.6, -0.2), "sad": (-0.7, -0.5), "serene": (0.6, -0.7), "solemn": (-0.3, -0.5),
    "tender": (0.5, -0.4), "tense": (-0.5, 0.6), "triumphant": (0.6, 0.8),
}  # fmt: skip

PALETTES: dict[str, Point] = {
    "amber": (0.6, 0.1), "crimson": (-0.4, 0.8), "azure": (0.3, -0.5), "emerald": (0.5, -0.2),
    "violet": (-0.3, -0.2), "rose": (0.7, -0.6), "slate": (-0.8, -0.5), "neon": (0.2, 0.9),
}  # fmt: skip

LIGHTINGS: dict[str, Point] = {
    "bright": (0.7, 0.5), "golden": (0.6, -0.2), "twilight": (-0.1, -0.6),
    "moonlit": (-0.6, -0.5), "stormy": (-0.6, 0.8),
}  # fmt: skip

SCENES: dict[str, Point] = {
    "ocean waves": (0.3, -0.6), "desert dunes": (-0.1, -0.2), "mountain peaks": (0.1, 0.4),
    "a deep forest": (-0.5, -0.3), "a city skyline": (-0.2, 0.8), "a flower meadow": (0.7, -0.1),
    "concentric rings": (0.0, 0.1), "flowing ribbons": (0.6, 0.7),
}  # fmt: skip
"""What to show when nothing but the affect is known."""

SCENE_CUES: dict[str, str] = {
    "ocean waves": r"\b(?:sea|seas|ocean|oceans|beach|waves of the|shore|sailing|shanty)\b",
    "a quiet lake": r"\b(?:lake|river|stream|rain|water)\b",
    "desert dunes": r"\b(?:desert|dunes?|sand|caravan)\b",
    "a lonely road": r"\b(?:road|highway|road trip|wild west)\b",
    "mountain peaks": r"\b(?:mountains?|peaks?|cliffs?|alpine)\b",
    "a castle among mountains": r"\b(?:castle|knights?|medieval|battle|kingdom|fantasy)\b",
    "a deep forest": r"\b(?:forest|woods?|woodland|trees?|jungle)\b",
    "a city skyline": r"\b(?:city|urban|skyline|downtown|skyscrapers?)\b",
    "a busy street at night": r"\b(?:street|nightclub|night ?club|club|bar|party)\b",
    "factory towers and machines": r"\b(?:factory|machines?|industrial|robots?)\b",
    "a flower meadow": r"\b(?:meadow|flowers?|countryside|picnic|farm)\b",
    "a garden in bloom": r"\b(?:garden|spring|wedding|children|kids)\b",
    "planets and orbits": r"\b(?:space|planets?|stars|sci-fi|cosmic|galaxy)\b",
    "a mandala of rings": r"\b(?:rings|circles|mandala|meditation|yoga|art installation)\b",
    "flowing ribbons": r"\b(?:ribbons|dancing|ballroom|dance ?floor|ballet)\b",
}
"""A picture, and the words of a caption that ask for it."""

SCENE_OF_LABEL: dict[str, str] = {
    "ambient": "ocean waves", "blues": "a lonely road", "bossa nova": "ocean waves",
    "children's music": "a garden in bloom", "cinematic": "mountain peaks",
    "country": "a flower meadow", "dance": "dancing lines", "desert blues": "desert dunes",
    "electronic": "a city skyline", "experimental": "abstract flowing shapes",
    "flamenco": "dancers as curved lines", "folk": "a deep forest", "funk": "flowing ribbons",
    "gospel": "a cathedral of rock", "hip hop": "a city skyline",
    "indian classical": "a mandala of rings", "jazz": "flowing ribbons",
    "latin": "dancers as curved lines", "march": "a castle among mountains",
    "metal": "high cliffs and peaks", "minimalist": "concentric rings",
    "orchestral": "mountain peaks", "punk": "factory towers and machines",
    "reggae": "ocean waves", "rock": "a city skyline", "soul": "rooftops of a town",
    "waltz": "dancers as curved lines", "world music": "a caravan in the desert",
    "accordion": "a country dance in a meadow", "acoustic guitar": "a cabin between trees",
    "banjo": "a flower meadow", "bell": "bells drawn as circles", "brass": "mountain peaks",
    "choir": "a cathedral of rock", "double bass": "flowing ribbons", "fiddle": "a flower meadow",
    "flute": "a deep forest", "guitar": "an old woodland path", "harp": "a quiet lake",
    "horn": "mountain peaks", "lute": "desert dunes", "marimba": "concentric rings",
    "orchestra": "mountain peaks", "organ": "a cathedral of rock", "pad": "ocean waves",
    "piano": "flowing ribbons", "saxophone": "a jazz club street", "sitar": "desert dunes",
    "strings": "mountain peaks", "synth": "a city skyline", "synth bass": "a city skyline",
    "violin": "rolling hills with flowers",
}  # fmt: skip
"""What a style or an instrument suggests."""

TEXTURE_OF_LABEL: dict[str, str] = {
    "blues": "grainy", "hip hop": "grainy", "metal": "rough", "punk": "gritty", "rock": "rough",
    "desert blues": "sandy", "ambient": "smooth", "electronic": "glassy", "pop": "silky",
    "minimalist": "smooth", "cinematic": "brushed", "classical": "oil paint", "jazz": "brushed",
    "orchestral": "oil paint", "soul": "brushed", "country": "woven", "flamenco": "woven",
    "folk": "woven", "indian classical": "patterned", "latin": "patterned", "reggae": "fabric",
    "world music": "patterned", "electric guitar": "rough", "pad": "smooth", "synth": "glassy",
    "marimba": "smooth", "bell": "glassy", "orchestra": "oil paint", "piano": "brushed",
    "strings": "brushed", "violin": "brushed", "acoustic guitar": "canvas", "fiddle": "woven",
    "flute": "soft", "guitar": "canvas", "lute": "woven", "sitar": "patterned",
}  # fmt: skip

STRICT_STYLES = ("baroque", "chamber music", "classical", "march", "minimalist")
"""Styles of regular form, shown mirrored unless the music is fast."""
