from __future__ import annotations

import pytest

from generation._statements import stated_key, stated_metre, stated_mode, stated_tempo


@pytest.mark.parametrize(
    ("caption", "value", "evidence"),
    [
        ("A ballad in A minor.", "A minor", "A minor"),
        ("It is in B-flat major", "Bb major", "B-flat major"),
        ("in C# minor, slow", "C# minor", "C# minor"),
        ("in D♭ major", "C# major", "D♭ major"),
        ("The key of F sharp minor", "F# minor", "F sharp minor"),
        ("jam in F#m at night", "F# minor", "F#m"),
        ("G Major chords", "G major", "G Major"),
        ("Bb minor", "Bb minor", "Bb minor"),
    ],
)
def test_stated_key_is_read_with_its_words(caption: str, value: str, evidence: str) -> None:
    assert stated_key(caption) == (value, evidence)


@pytest.mark.parametrize(
    "caption",
    [
        "",
        "playing a minor chord",
        "A minor mishap. A major hit.",
        "in a minor key",
        "in the key of D sharp",
        "An Am radio I am in Dm-ish",
        "plan B majority",
    ],
)
def test_stated_key_is_not_invented(caption: str) -> None:
    assert stated_key(caption) is None


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("played in a minor key", ("minor", "minor key")),
        ("The Major scale", ("major", "Major scale")),
        ("from the minor key to a major key", None),
        ("minor chords", None),
    ],
)
def test_stated_mode(caption: str, expected: tuple[str, str] | None) -> None:
    assert stated_mode(caption) == expected


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("a beat at 120 BPM", (120.0, "120 BPM")),
        ("92.5bpm", (92.5, "92.5bpm")),
        ("100-110 bpm", (100.0, "100-110 bpm")),
        ("88 beats per minute", (88.0, "88 beats per minute")),
        ("999 bpm, then 130 bpm", (130.0, "130 bpm")),
        ("12 bpm", None),
        ("from 1980", None),
        ("1120 bpm", None),
    ],
)
def test_stated_tempo(caption: str, expected: tuple[float, str] | None) -> None:
    assert stated_tempo(caption) == expected


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("a Viennese waltz", ("3/4", "waltz")),
        ("a jig in 6/8.", ("6/8", "6/8")),
        ("a 12/8 blues", ("12/8", "12/8")),
        ("four-on-the-floor kick", ("4/4", "four-on-the-floor")),
        ("in common time", ("4/4", "common time")),
        ("open 24/7, on 3/4/2020", None),
        ("five dancers", None),
    ],
)
def test_stated_metre(caption: str, expected: tuple[str, str] | None) -> None:
    assert stated_metre(caption) == expected
