"""How far annotators agree with each other, from the votes of a snapshot."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TypedDict

import numpy as np

from workbench.agreement import nominal_agreement
from workbench.axes import AXES, Axis
from workbench.snapshots import Vote

_ANSWERS = ("0", "1", "tie")


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
    counts = [[unit[answer] for answer in _ANSWERS] for unit in units]
    found = nominal_agreement(np.array(counts, np.int64), np.ones(len(counts), np.int64))
    if found is None:
        return None
    return Agreement(comparisons=found.units, observed=found.observed, alpha=found.alpha)
