"""The three axes on which people judge, and what each asks (section 3.4 of the paper)."""

from __future__ import annotations

from typing import Literal, get_args

Axis = Literal["emo", "con", "cre"]

AXES: tuple[Axis, ...] = get_args(Axis)

AXIS_NAMES: dict[Axis, str] = {
    "emo": "emotional consistency",
    "con": "semantic content alignment",
    "cre": "creative aesthetic appeal",
}
