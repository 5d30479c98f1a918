"""How far annotators agree with each other, from the votes of a snapshot."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TypedDict

from workbench.axes import AXES, Axis
from workbench.snapshots import Vote


class Agreement(TypedDict):
    comparisons: int
    """How many comparisons have at least two votes; the others say nothing about agreement."""
    observed: float
    """Share of vote pairs about one comparison that are equal; a tie is a third answer."""
    alpha: float | None
    """Krippendorff's alpha, nominal; None when all votes are alike, where it has no value."""


def agreement_by_axis(votes: Iterable[Vote]) -> dict[Axis, Agreement | None]:
    """Agreement per axis; None where no comparison has two votes.

    Like the pairs of a snapshot it leaves out "cannot tell" and annotators of weight 0.
    """
    ballots: dict[Axis, dict[str, Counter[str]]] = {axis: defaultdict(Counter) for axis in AXES}
    for vote in votes:
        if vote.choice != "cannot_tell" and vote.annotator_weight > 0:
            ballots[vote.axis][vote.comparison_id][vote.choice] += 1
    return {axis: _agreement(list(units.values())) for axis, units in ballots.items()}


def _agreement(units: list[Counter[str]]) -> Agreement | None:
    """Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C."""
    units = [unit for unit in units if unit.total() >= 2]
    if not units:
        return None
    totals = sum(units, start=Counter[str]())
    n = totals.total()
    disagreeing = sum(_differing_pairs(unit) / (unit.total() - 1) for unit in units) / n
    expected = _differing_pairs(totals) / (n * (n - 1))
    pairs = sum(unit.total() * (unit.total() - 1) for unit in units)
    return Agreement(
        comparisons=len(units),
        observed=1 - sum(_differing_pairs(unit) for unit in units) / pairs,
        alpha=1 - disagreeing / expected if expected else None,
    )


def _differing_pairs(votes: Counter[str]) -> int:
    """Ordered pairs of votes with different answers."""
    return votes.total() ** 2 - sum(count**2 for count in votes.values())
