"""One-coin Dawid-Skene: how often each annotator is right, from the answers alone.

Each item has one true answer of two that nobody knows. Annotator j gives it with the probability
p_j whichever it is (one coin instead of a confusion matrix, because the two pictures of a
comparison have no order). Expectation maximisation after Dawid & Skene 1979 ("Maximum likelihood
estimation of observer error-rates using the EM algorithm", Applied Statistics 28, 20-28,
eqs. 2.3-2.5), started from the majority, as they advise:

    E   log odds that the item is + = sum over its answers of +-log(p_j / (1 - p_j))
    M   p_j = (1 + expected right answers of j) / (2 + answers of j)

The 1 and 2 are Laplace's: few answers prove little. Assumes that people err independently.
Letters in shapes: m answers, j annotators, i items.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_ITERATIONS = 200
_CONVERGED = 1e-6


class Answers(NamedTuple):
    """m answers, all (m,): item and annotator by number, sign +1 or -1."""

    items: Ints
    annotators: Ints
    signs: Floats


def accuracies(
    answers: Answers, n_annotators: int, is_heard: NDArray[np.bool_] | None = None
) -> Floats:
    """p_j in (0, 1) of all annotators, (j,); 0.5 for one without an answer.

    is_heard: (j,) whose answers decide what is true. The others are measured against these.
    """
    if not len(answers.items):
        return np.full(n_annotators, 0.5)
    n_items = int(answers.items.max()) + 1
    heard = np.ones(n_annotators) if is_heard is None else is_heard.astype(np.float64)
    voices = answers.signs * heard[answers.annotators]
    # The majority's verdict, as the mean of its signs in [-1, 1]: 0 where it is split or silent.
    sums = np.bincount(answers.items, weights=voices, minlength=n_items)
    belief = sums / np.maximum(np.bincount(answers.items, np.abs(voices), n_items), 1)
    accuracy = _maximised(answers, belief, n_annotators)
    for _ in range(_MOST_ITERATIONS):
        log_odds = np.log(accuracy / (1 - accuracy))[answers.annotators] * voices
        # tanh(x / 2) = P(+) - P(-), where x is the log odds between them.
        belief = np.tanh(np.bincount(answers.items, weights=log_odds, minlength=n_items) / 2)
        previous, accuracy = accuracy, _maximised(answers, belief, n_annotators)
        if np.abs(accuracy - previous).max() < _CONVERGED:
            break
    return accuracy


def _maximised(answers: Answers, belief: Floats, n_annotators: int) -> Floats:
    """belief: (i,) P(+) - P(-)."""
    is_right = (1 + answers.signs * belief[answers.items]) / 2
    right = np.bincount(answers.annotators, weights=is_right, minlength=n_annotators)
    return (1 + right) / (2 + np.bincount(answers.annotators, minlength=n_annotators))
