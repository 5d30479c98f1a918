"""Small drawings that a template writes as SVG; all of them also stand in the text beside them."""

from __future__ import annotations

from typing import NamedTuple

from workbench.proportions import Share

WIDTH = 240
_MARGIN = 8


class Bar(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    title: str


class Whisker(NamedTuple):
    """A value with its interval on a line from `least` to 1."""

    low: float
    high: float
    dot: float


def bars(counts: list[int], titles: list[str], *, height: int = 60) -> list[Bar]:
    """One bar per count, from left to right; the highest fills the height."""
    most = max(counts, default=0) or 1
    step = WIDTH / max(1, len(counts))
    return [
        Bar(
            round(number * step + 1, 1),
            round(height - height * count / most, 1),
            round(step - 2, 1),
            round(height * count / most, 1),
            title,
        )
        for number, (count, title) in enumerate(zip(counts, titles, strict=True))
    ]


def place(value: float, least: float) -> float:
    """Where `value` lies on a line that runs from `least` to 1."""
    share = (min(1.0, max(least, value)) - least) / (1 - least)
    return round(_MARGIN + share * (WIDTH - 2 * _MARGIN), 1)


def whisker(value: float, low: float, high: float, *, least: float) -> Whisker:
    return Whisker(place(low, least), place(high, least), place(value, least))


def share_whisker(share: Share) -> Whisker:
    return whisker(share.value, share.low, share.high, least=0.0)
