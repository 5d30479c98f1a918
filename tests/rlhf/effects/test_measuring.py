from __future__ import annotations

import numpy as np
import pytest

from rlhf.effects.measuring import Seen, Verdict, chosen_by, diversity_kept, drift_of, effects_of
from workbench.measures import ClipBootstrap, Diversity

EAST, NORTH = [1.0, 0.0], [0.0, 1.0]


def seen(asked, judged, embeddings, adherence=(0.0, 0.0)) -> Seen:
    verdict = Verdict(np.array(asked), np.array(judged))
    return Seen({"emo": verdict}, np.array(embeddings), np.array(adherence))


def bootstrap() -> ClipBootstrap:
    return ClipBootstrap(np.array([0, 1]), resamples=100, seed=0)


def test_best_picture_brings_all_that_was_seen_of_it():
    first = seen([1.0, 5.0], [0.1, 0.2], [EAST, EAST], (0.1, 0.2))
    second = seen([2.0, 4.0], [0.3, 0.4], [NORTH, NORTH], (0.3, 0.4))

    best = chosen_by("emo", [first, second])

    assert best.verdicts["emo"].asked.tolist() == [2.0, 5.0]
    assert best.verdicts["emo"].judged.tolist() == [0.3, 0.2]
    assert best.embeddings.tolist() == [NORTH, EAST]
    assert best.adherence.tolist() == [0.3, 0.2]


def test_judges_and_asked_heads_are_told_apart():
    base = seen([0.0, 2.0], [0.0, 4.0], [EAST, EAST])
    after = seen([1.0, 3.0], [-2.0, 2.0], [EAST, EAST])

    found = effects_of(base, after, bootstrap())["emo"]

    # The spreads of the base are 1 and 2.
    assert (found.asked.gain.value, found.asked.win_rate.value) == (1.0, 1.0)
    assert (found.judged.gain.value, found.judged.win_rate.value) == (-1.0, 0.0)


def test_drift_by_hand():
    base = seen([0, 0], [0, 0], [EAST, NORTH])
    after = seen([0, 0], [0, 0], [EAST, EAST])

    found = drift_of(base, after, bootstrap())

    # Cosines to the twins are 1 and 0.
    assert found.paired.value == pytest.approx(0.5)
    # Means (1/2, 1/2) and (1, 0); the base's covariance has the trace 1, the other's is 0.
    assert found.frechet.value == pytest.approx(0.5 + 1.0)


def test_base_has_not_drifted_from_itself():
    base = seen([0, 0], [0, 0], [EAST, NORTH])

    found = drift_of(base, base, bootstrap())

    assert found.paired.value == 0
    assert found.frechet.value == pytest.approx(0, abs=1e-9)


def test_kept_diversity_is_a_share():
    found = diversity_kept(Diversity(0.3, None), Diversity(0.6, 0.2))

    assert (found.across, found.within) == (0.5, None)
    assert diversity_kept(Diversity(0.3, 0.1), Diversity(0.0, 0.2)).across is None
