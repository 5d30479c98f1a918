from __future__ import annotations

import pytest

from generation._labels import INSTRUMENTS, MOODS, STYLES, mentions


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("A Piano and two violins.", [("piano", "Piano"), ("violin", "violins")]),
        ("a double bass", [("double bass", "double bass")]),
        ("e-guitars over a bass", [("electric guitar", "e-guitars"), ("bass guitar", "bass")]),
        ("no drums, without any vocals, a flute", [("flute", "flute")]),
        ("There are no other instruments", []),
        ("pianoforte, flutist, harpoon", []),
        ("drums, then drum kit", [("drums", "drums")]),
        ("", []),
    ],
)
def test_mentions_of_instruments(caption: str, expected: list[tuple[str, str]]) -> None:
    assert mentions(caption, INSTRUMENTS) == expected


def test_mentions_are_substrings_in_the_order_of_the_caption() -> None:
    caption = "A Sorrowful, dreamy LULLABY; sad and lo-fi."

    assert mentions(caption, MOODS) == [("sad", "Sorrowful"), ("dreamy", "dreamy")]
    assert mentions(caption, STYLES) == [("children's music", "LULLABY"), ("hip hop", "lo-fi")]


def test_mentions_in_a_hostile_caption_take_no_time() -> None:
    assert mentions("no " * 50_000 + "(((((" * 1000, INSTRUMENTS) == []


@pytest.mark.parametrize("labels", [INSTRUMENTS, STYLES, MOODS])
def test_no_wording_means_two_labels(labels: dict[str, tuple[str, ...]]) -> None:
    wordings = [name for label, names in labels.items() for name in (label, *names)]

    assert sorted(set(wordings)) == sorted(wordings)
    assert all(word == word.lower() for word in wordings)
