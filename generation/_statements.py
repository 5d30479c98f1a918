"""What a caption states about key, tempo and metre, with the words that state it."""

from __future__ import annotations

import re
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value", str, float)

_TONICS = {
    **{"C": "C", "D": "D", "E": "E", "F": "F", "G": "G", "A": "A", "B": "B"},
    **{"C#": "C#", "Db": "C#", "D#": "Eb", "Eb": "Eb", "F#": "F#", "Gb": "F#", "E#": "F"},
    **{"G#": "Ab", "Ab": "Ab", "A#": "Bb", "Bb": "Bb", "Cb": "B", "B#": "C", "Fb": "E"},
}
_ACCIDENTAL = r"(?P<accidental>#|♯|♭|b|[ -](?:sharp|flat))?"
# The tonic must be a capital letter: "a minor" is far more often an article than a key.
_KEY = re.compile(rf"\b(?P<tonic>[A-G]){_ACCIDENTAL}[ -]?(?P<mode>[Mm]ajor|[Mm]inor|maj|min)\b")
_SHORT_KEY = re.compile(
    rf"\b(?:in|key of) (?P<whole>(?P<tonic>[A-G]){_ACCIDENTAL}(?P<mode>m))(?![\w-])"
)
_MODE = re.compile(r"\b(?P<mode>major|minor) (?:key|scale|tonality|mode)\b", re.IGNORECASE)
_TEMPO = re.compile(
    r"\b(?P<bpm>\d{2,3}(?:\.\d+)?)(?: ?- ?\d{2,3})? ?(?:bpm|beats per minute)\b", re.IGNORECASE
)
_METRES = (
    (re.compile(r"(?<![\d/])(?P<metre>(?:[2-79]|12)/[248])(?![\d/])"), None),
    (re.compile(r"\bwaltz(?:es)?\b", re.IGNORECASE), "3/4"),
    (re.compile(r"\b(?:triple (?:metre|meter)|three-four time)\b", re.IGNORECASE), "3/4"),
    (re.compile(r"\b(?:common time|four-four time|four[ -]on[ -]the[ -]floor)\b", re.I), "4/4"),
)
_BPM_BOUNDS = (20.0, 400.0)


class Statement(NamedTuple, Generic[Value]):
    """evidence is a substring of the caption."""

    value: Value
    evidence: str


def stated_key(caption: str) -> Statement[str] | None:
    """E.g. "in A minor", "B-flat major", "in F#m"; the first one of the caption."""
    for match in _KEY.finditer(caption):
        if not _is_article(caption, match):
            mode = "major" if match["mode"].lower().startswith("maj") else "minor"
            return Statement(f"{_tonic(match)} {mode}", match[0])
    match_short = _SHORT_KEY.search(caption)
    if match_short:
        return Statement(f"{_tonic(match_short)} minor", match_short["whole"])
    return None


def stated_mode(caption: str) -> Statement[str] | None:
    """E.g. "minor key" without a tonic, which is how captions mostly put it; not if both come."""
    found = {match["mode"].lower(): match for match in _MODE.finditer(caption)}
    if len(found) != 1:
        return None
    mode, match = found.popitem()
    return Statement(mode, match[0])


def stated_tempo(caption: str) -> Statement[float] | None:
    """Beats per minute between 20 and 400; of a range, its lower end."""
    for match in _TEMPO.finditer(caption):
        bpm = float(match["bpm"])
        if _BPM_BOUNDS[0] <= bpm <= _BPM_BOUNDS[1]:
            return Statement(bpm, match[0])
    return None


def stated_metre(caption: str) -> Statement[str] | None:
    """A fraction such as "6/8", or a word that means a metre, such as "waltz"."""
    for pattern, metre in _METRES:
        match = pattern.search(caption)
        if match:
            return Statement(metre or match["metre"], match[0])
    return None


def _is_article(caption: str, match: re.Match[str]) -> bool:
    """Whether a bare "A minor" opens a sentence, where the capital says nothing."""
    opens = re.search(r"(?:^|[.!?]\s+)$", caption[: match.start()]) is not None
    return opens and match["tonic"] == "A" and not match["accidental"]


def _tonic(match: re.Match[str]) -> str:
    accidental = (match["accidental"] or "").strip(" -")
    sign = {"♯": "#", "sharp": "#", "♭": "b", "flat": "b"}.get(accidental, accidental)
    return _TONICS[match["tonic"] + sign]
