"""Verdicts name sides of the screen; what counts is which candidate lay there."""

from __future__ import annotations

from annotate_site.annotation.models import Side, Verdict

_OTHER = {Side.FIRST: Side.SECOND, Side.SECOND: Side.FIRST}


def chosen_side(verdict: str, left: str) -> Side | None:
    """The candidate that a verdict prefers; None for a tie and for cannot-tell."""
    if verdict == Verdict.LEFT:
        return Side(left)
    return _OTHER[Side(left)] if verdict == Verdict.RIGHT else None
