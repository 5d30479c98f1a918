"""Words for a point of the world: the prompt of its picture and the caption of its music."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from miniature.world.latents import Latents
from miniature.world.vocabulary import (
    COMPOSITION_PHRASES,
    LIGHTING_PHRASES,
    PALETTE_PHRASES,
    SCENE_PHRASES,
    TEXTURE_PHRASES,
    nearest_mood,
)

NOTE_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

_OPENINGS = (
    "This is {article} {mood} {style} piece.",
    "The low quality recording features {article} {mood} {style} song.",
    "A {style} track with a {mood} feel.",
    "This instrumental {style} music sounds {mood}.",
    "An instrumental in the {style} style, {mood} throughout.",
)
_PLAYERS = (
    "{lead} plays the melody while {accompaniment} accompanies.",
    "It features {lead} over {accompaniment}.",
    "The melody is on {lead}, supported by {accompaniment}.",
    "One can hear {lead} and {accompaniment}.",
)
_TEMPI = {
    "slow": ("The tempo is slow.", "It moves slowly.", "It is slow and unhurried."),
    "medium": ("The tempo is medium.", "It walks at a moderate pace.", "The pace is steady."),
    "fast": ("The tempo is fast.", "It is fast-paced and driving.", "It has an upbeat tempo."),
}
_BACKGROUNDS = {
    "birds": ("Birds are chirping in the background.", "Bird calls can be heard."),
    "fire": ("A fire crackles nearby.", "There is the crackling of a fire."),
    "wind": ("The wind blows softly around it.", "There is a noise of wind."),
    "crickets": ("Crickets can be heard.", "There are crickets in the background."),
    "thunder": ("Thunder rumbles in the background.", "A deep rumble of thunder is heard."),
}
_FIGURES = {
    "chords": ("The accompaniment plays chords on the beat.", "There are steady block chords."),
    "held": ("Long held chords lie below.", "The harmony is sustained in long chords."),
    "arpeggio": ("Arpeggios rise and fall.", "The chords are broken into arpeggios."),
    "run": ("Fast runs climb through the accompaniment.", "Rising scales run below the melody."),
}
_PERCUSSIONS = {
    "none": ("There is no percussion.",),
    "shaker": ("A shaker keeps the pulse.", "One can hear a shaker."),
    "brushes": ("Brushes sweep over a snare.", "It has soft brushed percussion."),
    "hand drum": ("A hand drum is being played.", "There are bongo-like hand drums."),
}
_SAYS_WHAT_SURROUNDS = 0.6
_ENDINGS = (
    "It could be used in {scenario}.",
    "This would suit {scenario}.",
    "It sounds like the soundtrack of {scenario}.",
    "The atmosphere makes one think of {scene}.",
)


def compose_prompt(
    iconography: str, palette: str, lighting: str, composition: str, texture: str, mood: str = ""
) -> str:
    """The one string in which the five visual dimensions, and perhaps a mood, reach the painter."""
    prompt = (
        f"{iconography}, {palette} palette, {lighting} light, {composition} composition, "
        f"{texture} texture"
    )
    return f"{prompt}, {mood} mood" if mood else prompt


def plain_prompt(latents: Latents, *, has_mood: bool = True) -> str:
    """The prompt in the plain name of every value."""
    return compose_prompt(
        SCENE_PHRASES[latents.scene][0],
        PALETTE_PHRASES[latents.palette][0],
        LIGHTING_PHRASES[latents.lighting][0],
        COMPOSITION_PHRASES[latents.composition][0],
        TEXTURE_PHRASES[latents.texture][0],
        nearest_mood(latents.valence, latents.arousal) if has_mood else "",
    )


def varied_prompt(latents: Latents, rng: np.random.Generator) -> str:
    """A prompt in varied wording; two in three name the mood, one in six an instrument."""
    iconography = _either(rng, SCENE_PHRASES[latents.scene])
    if rng.random() < 1 / 6:
        player = _either(rng, (latents.lead, latents.accompaniment))
        iconography = _either(rng, (f"{player} and {iconography}", f"{iconography} with {player}"))
    return compose_prompt(
        iconography,
        _either(rng, PALETTE_PHRASES[latents.palette]),
        _either(rng, LIGHTING_PHRASES[latents.lighting]),
        _either(rng, COMPOSITION_PHRASES[latents.composition]),
        _either(rng, TEXTURE_PHRASES[latents.texture]),
        nearest_mood(latents.valence, latents.arousal) if rng.random() < 2 / 3 else "",
    )


def heard_prompt(latents: Latents, rng: np.random.Generator) -> str:
    """A prompt by somebody who has only heard the music: what it evokes is left to the painter.

    In place of a scene it names the style or the leading instrument, in equal shares; palette and
    light are named in varied wording, the mood in two of three.
    """
    return compose_prompt(
        _either(rng, (latents.genre.style, latents.lead)),
        _either(rng, PALETTE_PHRASES[latents.palette]),
        _either(rng, LIGHTING_PHRASES[latents.lighting]),
        _either(rng, COMPOSITION_PHRASES[latents.composition]),
        _either(rng, TEXTURE_PHRASES[latents.texture]),
        nearest_mood(latents.valence, latents.arousal) if rng.random() < 2 / 3 else "",
    )


def write_caption(latents: Latents, rng: np.random.Generator) -> str:
    """A caption as people write them: mood, style, players, pace, use; seldom key or metre."""
    mood = nearest_mood(latents.valence, latents.arousal)
    sentences = [
        _either(rng, _OPENINGS).format(
            mood=mood, style=latents.genre.style, article="an" if mood[0] in "aeiou" else "a"
        ),
        _either(rng, _PLAYERS).format(lead=latents.lead, accompaniment=latents.accompaniment),
    ]
    if rng.random() < 0.7:
        sentences.append(_either(rng, _TEMPI[pace_of(latents.tempo_bpm)]))
    if latents.genre.has_drums and rng.random() < 0.7:
        sentences.append("Drums keep the beat.")
    for told, name in (
        (_FIGURES, latents.figure),
        (_PERCUSSIONS, latents.percussion),
        (_BACKGROUNDS, latents.background),
    ):
        if rng.random() < _SAYS_WHAT_SURROUNDS:
            sentences.append(_either(rng, told[name]))
    if rng.random() < 0.05:
        sentences.append(f"It is in {NOTE_NAMES[latents.tonic]} {latents.mode}.")
    if rng.random() < 0.05:
        sentences.append(f"The time signature is {latents.beats_per_bar}/4.")
    if rng.random() < 0.6:
        scene = _either(rng, SCENE_PHRASES[latents.scene])
        ending = _either(rng, _ENDINGS)
        sentences.append(ending.format(scenario=latents.genre.scenario, scene=scene))
    text = " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)
    return text


def pace_of(tempo_bpm: float) -> str:
    if tempo_bpm < 85:
        return "slow"
    return "medium" if tempo_bpm < 125 else "fast"


def _either(rng: np.random.Generator, choices: Sequence[str]) -> str:
    return choices[int(rng.integers(len(choices)))]
