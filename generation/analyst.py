"""From a clip to its six descriptors: the interface, and the rules that fill it first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from generation import _labels as labels
from generation import _statements as statements
from generation._key import KeyEstimate, estimate_key
from generation._metre import MetreEstimate, estimate_metre
from generation._tempo import Beats, track_beats
from generation.audio import Recording
from generation.descriptors import Descriptors, Key, Label, Tempo, TimeSignature

KEY_SURE = 0.03
"""Margin from which a measured key stands against the caption: relative keys tie below it."""
PULSE_SURE = 0.2
"""Regularity from which a measured tempo stands against the caption."""
METRE_SURE = 0.5
"""Margin from which a measured metre stands against the caption."""
SAME_TEMPO = 0.08
"""Two tempi that differ by less, relatively, are the same one."""


@dataclass(frozen=True)
class Clip:
    """A recording x and its caption t."""

    recording: Recording
    caption: str = ""


class Analyst(Protocol):
    """Whatever can describe a clip: rules now, language models that hear it later."""

    def describe(self, clip: Clip) -> Descriptors:
        """All six descriptors; unknown ones stay empty rather than be invented."""
        ...


class RuleAnalyst:
    """Key, tempo and metre measured; instrument, style and mood read from the caption.

    What is measured with confidence stands, and a caption that says otherwise becomes an
    alternative. An unsure measurement gives way to a caption that states the value. A caption that
    states only a part (the mode of the key, the octave of the tempo) settles that part.
    """

    def describe(self, clip: Clip) -> Descriptors:
        beats = track_beats(clip.recording)
        metre = estimate_metre(clip.recording, beats) if beats else None
        return Descriptors(
            instrument=_label(clip.caption, labels.INSTRUMENTS),
            style=_label(clip.caption, labels.STYLES),
            key=resolved_key(estimate_key(clip.recording), clip.caption),
            time_signature=resolved_metre(metre, clip.caption),
            tempo=resolved_tempo(beats, clip.caption),
            mood=_label(clip.caption, labels.MOODS),
        )


def resolved_key(measured: KeyEstimate | None, caption: str) -> Key:
    stated = statements.stated_key(caption)
    if measured is None:
        return Key(value=stated.value, source="text", evidence=stated.evidence) if stated else Key()
    if stated and stated.value != measured.best:
        if measured.margin < KEY_SURE:
            others = _without(measured.ranked[:2], stated.value)
            return Key(
                value=stated.value, source="text", evidence=stated.evidence, alternatives=others
            )
        others = _without((*measured.ranked[1:2], stated.value), measured.best)
        return _measured_key(measured, measured.best, None, others)
    mode = None if stated else statements.stated_mode(caption)
    if mode and measured.margin < KEY_SURE:
        best = measured.best_in(mode.value)
        return _measured_key(measured, best, mode.evidence, _without(measured.ranked[:2], best))
    evidence = stated.evidence if stated else None
    return _measured_key(measured, measured.best, evidence, measured.ranked[1:2])


def resolved_tempo(measured: Beats | None, caption: str) -> Tempo:
    stated = statements.stated_tempo(caption)
    if measured is None:
        return (
            Tempo(bpm=stated.value, source="text", evidence=stated.evidence) if stated else Tempo()
        )
    octaves = [round(measured.bpm * factor, 1) for factor in (1.0, 0.5, 2.0)]
    if stated is None:
        return _measured_tempo(measured, octaves, None)
    for bpm in octaves:
        if abs(bpm / stated.value - 1) < SAME_TEMPO:
            settled = [bpm, *(other for other in octaves if other != bpm)]
            return _measured_tempo(measured, settled, stated.evidence)
    if measured.regularity < PULSE_SURE:
        return Tempo(
            bpm=stated.value, source="text", evidence=stated.evidence, alternatives=tuple(octaves)
        )
    return _measured_tempo(measured, [*octaves, stated.value], None)


def resolved_metre(measured: MetreEstimate | None, caption: str) -> TimeSignature:
    stated = statements.stated_metre(caption)
    agrees = stated is not None and measured is not None and stated.value == measured.value
    if stated and not agrees and (measured is None or measured.margin < METRE_SURE):
        others = (measured.value,) if measured else ()
        return TimeSignature(
            value=stated.value, source="text", evidence=stated.evidence, alternatives=others
        )
    if measured is None:
        return TimeSignature()
    return TimeSignature(
        value=measured.value,
        source="audio",
        confidence=round(measured.margin, 3),
        evidence=stated.evidence if stated and agrees else None,
        alternatives=(stated.value,) if stated and not agrees else (),
    )


def _measured_key(
    measured: KeyEstimate, value: str, evidence: str | None, alternatives: tuple[str, ...]
) -> Key:
    return Key(
        value=value,
        source="audio",
        confidence=round(measured.margin, 3),
        evidence=evidence,
        alternatives=alternatives,
    )


def _measured_tempo(measured: Beats, candidates: list[float], evidence: str | None) -> Tempo:
    return Tempo(
        bpm=candidates[0],
        source="audio",
        confidence=round(measured.regularity, 3),
        evidence=evidence,
        alternatives=tuple(candidates[1:]),
    )


def _label(caption: str, wordings: dict[str, tuple[str, ...]]) -> Label:
    found = labels.mentions(caption, wordings)
    if not found:
        return Label()
    first, *others = found
    return Label(
        value=first.label,
        source="text",
        evidence=first.evidence,
        alternatives=tuple(mention.label for mention in others),
    )


def _without(names: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(name for name in names if name != value)
