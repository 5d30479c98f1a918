"""How reliable annotators are, estimated from their votes alone: one-coin Dawid-Skene.

Each comparison has, on each axis, one better picture that nobody knows. Annotator j names it with
the probability p_j whichever it is (one coin instead of a confusion matrix, because the two
pictures of a comparison have no order). Expectation maximisation after Dawid & Skene 1979
("Maximum likelihood estimation of observer error-rates using the EM algorithm", Applied Statistics
28, 20-28, eqs. 2.3-2.5), started from the majority, as they advise:

    E   log odds that image 0 is better = sum over its votes of +-log(p_j / (1 - p_j))
    M   p_j = (1 + expected right answers of j) / (2 + answers of j)

The 1 and 2 are Laplace's: few answers prove little. Weights are max(0, 2 p_j - 1), which minimise
the bound on the error of the weighted majority (Li & Yu 2014, "Error rate bounds and iterative
weighted majority voting for crowdsourcing", section 4), scaled to the mean 1 over all answers.

Assumes that people err independently. Comparisons are not equally hard, so p_j also says how hard
the comparisons were; people who saw a like mixture of them can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput
from workbench.snapshots import Vote

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_ITERATIONS = 200
_CONVERGED = 1e-6


@dataclass(frozen=True)
class Reliability:
    """What the votes say of one annotator."""

    accuracy: float
    """p_j in (0, 1): 0.5 is a coin, below it an adversary."""
    weight: float
    """For `annotator_weight`: >= 0, with mean 1 over all answers."""
    answers: int
    """Votes for one of the two pictures, on all axes together."""


class _Answers(NamedTuple):
    """m votes for a picture: item and annotator by number, sign +1 for image 0 and -1 for 1."""

    items: Ints
    annotators: Ints
    signs: Floats


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
    accuracy = _accuracies(answers, len(names))
    counts = np.bincount(answers.annotators, minlength=len(names))
    weights = _weights(accuracy, counts)
    rows = zip(accuracy.tolist(), weights.tolist(), counts.tolist(), strict=True)
    return {name: Reliability(*row) for name, row in zip(names, rows, strict=True)}


def _answers(votes: list[Vote], names: list[str]) -> _Answers:
    decided = [vote for vote in votes if vote.choice in ("0", "1")]
    items: dict[tuple[str, str], int] = {}
    for vote in decided:
        items.setdefault((vote.comparison_id, vote.axis), len(items))
    number = {name: row for row, name in enumerate(names)}
    return _Answers(
        np.array([items[vote.comparison_id, vote.axis] for vote in decided], dtype=np.int64),
        np.array([number[vote.annotator] for vote in decided], dtype=np.int64),
        np.array([1.0 if vote.choice == "0" else -1.0 for vote in decided]),
    )


def _accuracies(answers: _Answers, n_annotators: int) -> Floats:
    """p_j of all annotators, (n,), by expectation maximisation."""
    n_items = int(answers.items.max()) + 1
    # The majority's verdict, as the mean of its signs in [-1, 1]: 0 where it is split.
    sums = np.bincount(answers.items, weights=answers.signs, minlength=n_items)
    belief = sums / np.bincount(answers.items, minlength=n_items)
    accuracy = _maximised(answers, belief, n_annotators)
    for _ in range(_MOST_ITERATIONS):
        log_odds = np.log(accuracy / (1 - accuracy))[answers.annotators] * answers.signs
        # tanh(x / 2) = P(image 0) - P(image 1), where x is the log odds between them.
        belief = np.tanh(np.bincount(answers.items, weights=log_odds, minlength=n_items) / 2)
        previous, accuracy = accuracy, _maximised(answers, belief, n_annotators)
        if np.abs(accuracy - previous).max() < _CONVERGED:
            break
    return accuracy


def _maximised(answers: _Answers, belief: Floats, n_annotators: int) -> Floats:
    """belief: P(image 0 is better) - P(image 1 is), by item."""
    is_right = (1 + answers.signs * belief[answers.items]) / 2
    right = np.bincount(answers.annotators, weights=is_right, minlength=n_annotators)
    return (1 + right) / (2 + np.bincount(answers.annotators, minlength=n_annotators))


def _weights(accuracy: Floats, counts: Ints) -> Floats:
    raw = np.maximum(0.0, 2 * accuracy - 1) * (counts > 0)
    mean = float(np.average(raw, weights=counts))
    if mean <= 0:
        raise BadInput(
            f"none of the {len(counts)} annotators agrees with the others more often than a coin "
            "would; collect more votes for each comparison"
        )
    return raw / mean
