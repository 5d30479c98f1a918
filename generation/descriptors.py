"""The six descriptors of a clip: instrument, style, key, time signature, tempo and mood.

Every one may be unknown, and says where it comes from (section 3.2; Eqs. 1-3). `source` is
"audio" for a measurement, "text" for a statement of the caption, None with the value unknown.
`evidence` is the part of the caption that states the value, or that agrees with the measurement.
`confidence` is a number for measurements only, on the scale that each class names; a caption is
believed or not, so it has None.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Source = Literal["audio", "text"]


class Descriptor(BaseModel):
    """What all six share."""

    model_config = ConfigDict(frozen=True)

    confidence: float | None = None
    source: Source | None = None
    evidence: str | None = None


class Key(Descriptor):
    """confidence: correlation with the best key profile minus that with the second, in [0, 2]."""

    value: str | None = Field(default=None, description='tonic and mode, e.g. "A minor"')
    alternatives: tuple[str, ...] = Field(default=(), description="the second best; the caption's")

    @property
    def mode(self) -> Literal["major", "minor"] | None:
        if self.value is None:
            return None
        return "minor" if self.value.endswith("minor") else "major"


class Tempo(Descriptor):
    """confidence: how alike the onsets are one beat later, in [0, 1]."""

    bpm: float | None = Field(default=None, description="beats per minute")
    alternatives: tuple[float, ...] = Field(default=(), description="half and double tempo; bpm")


class TimeSignature(Descriptor):
    """confidence: score of the metre minus that of the other one, >= 0.2."""

    value: str | None = Field(default=None, description='e.g. "3/4"')
    alternatives: tuple[str, ...] = ()


class Label(Descriptor):
    """A word of a fixed list for an open dimension; only ever read from the caption so far."""

    value: str | None = None
    alternatives: tuple[str, ...] = Field(default=(), description="further ones, as they come")


class Descriptors(BaseModel):
    """D of Eq. 3, one value for each dimension."""

    model_config = ConfigDict(frozen=True)

    instrument: Label = Label()
    style: Label = Label()
    key: Key = Key()
    time_signature: TimeSignature = TimeSignature()
    tempo: Tempo = Tempo()
    mood: Label = Label()
