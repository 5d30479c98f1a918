from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generation._key import KeyEstimate
from generation._metre import MetreEstimate
from generation._tempo import Beats
from generation.analyst import (
    Clip,
    RuleAnalyst,
    resolved_key,
    resolved_metre,
    resolved_tempo,
)
from generation.audio import load_audio
from generation.descriptors import Descriptors, Key, Label, Tempo, TimeSignature

SURE_KEY = KeyEstimate(("C major", "A minor", "G major", "E minor"), margin=0.2)
UNSURE_KEY = KeyEstimate(("C major", "A minor", "G major", "E minor"), margin=0.01)


def beats(bpm: float, regularity: float = 0.8) -> Beats:
    return Beats(bpm, np.arange(0, 400, 20), np.zeros(400, np.float32), regularity)


def test_rule_analyst_describes_a_clip_from_audio_and_caption(waltz: Path) -> None:
    clip = Clip(load_audio(waltz), "A happy Waltz in C major for harp, no drums.")

    descriptors = RuleAnalyst().describe(clip)

    assert descriptors.key.value == "C major"
    assert descriptors.key.source == "audio"
    assert descriptors.key.evidence == "C major"
    assert descriptors.tempo.bpm == pytest.approx(110.0, rel=0.02)
    assert (descriptors.time_signature.value, descriptors.time_signature.source) == ("3/4", "audio")
    assert descriptors.time_signature.evidence == "Waltz"
    assert descriptors.instrument == Label(value="harp", source="text", evidence="harp")
    assert descriptors.style == Label(value="waltz", source="text", evidence="Waltz")
    assert descriptors.mood == Label(value="happy", source="text", evidence="happy")


def test_rule_analyst_invents_nothing_without_a_caption(waltz: Path) -> None:
    descriptors = RuleAnalyst().describe(Clip(load_audio(waltz)))

    assert (descriptors.instrument, descriptors.style, descriptors.mood) == (Label(),) * 3
    assert descriptors.key.evidence is None


def test_descriptors_know_nothing_by_default() -> None:
    assert Descriptors().model_dump() == {
        "instrument": _unknown(value=None),
        "style": _unknown(value=None),
        "key": _unknown(value=None),
        "time_signature": _unknown(value=None),
        "tempo": _unknown(bpm=None),
        "mood": _unknown(value=None),
    }


def _unknown(**value: None) -> dict[str, object]:
    return {"confidence": None, "source": None, "evidence": None, "alternatives": (), **value}


def test_key_measured_with_confidence_stands_against_the_caption() -> None:
    assert resolved_key(SURE_KEY, "in E minor") == Key(
        value="C major", source="audio", confidence=0.2, alternatives=("A minor", "E minor")
    )


def test_key_measured_unsurely_gives_way_to_the_caption() -> None:
    assert resolved_key(UNSURE_KEY, "in E minor") == Key(
        value="E minor", source="text", evidence="E minor", alternatives=("C major", "A minor")
    )


def test_key_that_both_name_keeps_the_evidence() -> None:
    assert resolved_key(UNSURE_KEY, "in C major") == Key(
        value="C major",
        source="audio",
        confidence=0.01,
        evidence="C major",
        alternatives=("A minor",),
    )


def test_key_of_unsure_mode_takes_the_mode_of_the_caption() -> None:
    assert resolved_key(UNSURE_KEY, "a minor key") == Key(
        value="A minor",
        source="audio",
        confidence=0.01,
        evidence="minor key",
        alternatives=("C major",),
    )


def test_key_of_sure_mode_ignores_the_mode_of_the_caption() -> None:
    assert resolved_key(SURE_KEY, "a minor key") == Key(
        value="C major", source="audio", confidence=0.2, alternatives=("A minor",)
    )


def test_key_that_cannot_be_measured_is_the_captions_or_unknown() -> None:
    assert resolved_key(None, "in E minor") == Key(
        value="E minor", source="text", evidence="E minor"
    )
    assert resolved_key(None, "") == Key()


def test_tempo_carries_half_and_double() -> None:
    assert resolved_tempo(beats(100.0), "") == Tempo(
        bpm=100.0, source="audio", confidence=0.8, alternatives=(50.0, 200.0)
    )


def test_tempo_takes_the_octave_of_the_caption() -> None:
    assert resolved_tempo(beats(184.0), "at 90 bpm") == Tempo(
        bpm=92.0,
        source="audio",
        confidence=0.8,
        evidence="90 bpm",
        alternatives=(184.0, 368.0),
    )


def test_tempo_measured_unsurely_gives_way_to_the_caption() -> None:
    assert resolved_tempo(beats(100.0, regularity=0.1), "at 130 bpm") == Tempo(
        bpm=130.0, source="text", evidence="130 bpm", alternatives=(100.0, 50.0, 200.0)
    )


def test_tempo_measured_with_confidence_stands_against_the_caption() -> None:
    assert resolved_tempo(beats(100.0), "at 130 bpm") == Tempo(
        bpm=100.0, source="audio", confidence=0.8, alternatives=(50.0, 200.0, 130.0)
    )


def test_tempo_that_cannot_be_measured_is_the_captions_or_unknown() -> None:
    assert resolved_tempo(None, "at 130 bpm") == Tempo(bpm=130.0, source="text", evidence="130 bpm")
    assert resolved_tempo(None, "") == Tempo()


def test_metre_measured_unsurely_gives_way_to_the_caption() -> None:
    assert resolved_metre(MetreEstimate("4/4", 0.3), "a waltz") == TimeSignature(
        value="3/4", source="text", evidence="waltz", alternatives=("4/4",)
    )


def test_metre_measured_with_confidence_stands_against_the_caption() -> None:
    assert resolved_metre(MetreEstimate("4/4", 0.9), "a waltz") == TimeSignature(
        value="4/4", source="audio", confidence=0.9, alternatives=("3/4",)
    )


def test_metre_that_nobody_knows_is_unknown() -> None:
    assert resolved_metre(None, "a song") == TimeSignature()
