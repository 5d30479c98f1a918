"""How reliable annotators are, estimated from their votes alone: one-coin Dawid-Skene.

Each comparison has, on each axis, one better picture that nobody knows; `workbench.dawid_skene`
estimates how often each annotator names it.

Weights are max(0, 2 p_j - 1), which minimise the bound on the error of the weighted majority
(Li & Yu 2014, "Error rate bounds and iterative weighted majority voting for crowdsourcing",
section 4), scaled to the mean 1 over all answers.

Assumes that people err independently. Comparisons are not equally hard, so p_j also says how hard
the comparisons were; people who saw a like mixture of them can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from workbench.dawid_skene import Answers, Floats, Ints, accuracies
from workbench.errors import BadInput
from workbench.snapshots import Vote


@dataclass(frozen=True)
class Reliability:
    """What the votes say of one annotator."""

    accuracy: float
    """p_j in (0, 1): 0.5 is a coin, below it an adversary."""
    weight: float
    """For `annotator_weight`: >= 0, with mean 1 over all answers."""
    answers: int
    """Votes for one of the two pictures, on all axes together."""


def estimate_reliability(votes: Iterable[Vote]) -> dict[str, Reliability]:
    """Estimate every annotator who voted, from all axes together.

    Ties and "cannot tell" name no picture and count for nothing; an annotator without any other
    vote gets the accuracy 0.5 and the weight 0.
    Raises BadInput when no vote names a picture, or when nobody seems better than a coin.
    """
    votes = list(votes)
    names = sorted({vote.annotator for vote in votes})
    answers = _answers(votes, names)
    if not len(answers.signs):
        raise BadInput("no vote names a better picture, so nobody's reliability can be estimated")
    accuracy = accuracies(answers, len(names))
    counts = np.bincount(answers.annotators, minlength=len(names))
    weights = _weights(accuracy, counts)
    rows = zip(accuracy.tolist(), weights.tolist(), counts.tolist(), strict=True)
    return {name: Reliability(*row) for name, row in zip(names, rows, strict=True)}


def _answers(votes: list[Vote], names: list[str]) -> Answers:
    decided = [vote for vote in votes if vote.choice in ("0", "1")]
    items: dict[tuple[str, str], int] = {}
    for vote in decided:
        items.setdefault((vote.comparison_id, vote.axis), len(items))
    number = {name: row for row, name in enumerate(names)}
    return Answers(
        np.array([items[vote.comparison_id, vote.axis] for vote in decided], dtype=np.int64),
        np.array([number[vote.annotator] for vote in decided], dtype=np.int64),
        np.array([1.0 if vote.choice == "0" else -1.0 for vote in decided]),
    )


def _weights(accuracy: Floats, counts: Ints) -> Floats:
    raw = np.maximum(0.0, 2 * accuracy - 1) * (counts > 0)
    mean = float(np.average(raw, weights=counts))
    if mean <= 0:
        raise BadInput(
            f"none of the {len(counts)} annotators agrees with the others more often than a coin "
            "would; collect more votes for each comparison"
        )
    return raw / mean
