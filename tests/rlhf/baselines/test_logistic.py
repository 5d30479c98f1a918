from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rlhf._rewards import Showing, scored_pairs
from rlhf.baselines.gallery import Gallery
from rlhf.baselines.logistic import Logistic, fit
from rlhf.preferences import Preference


def _pair(label: float) -> Preference:
    return Preference("x", "c", "a", "b", label, 3, 1.0)


def test_fit_of_one_column_finds_the_odds_of_the_votes():
    """Three votes to one along a column of difference 1 are w = log 3, when nothing holds it."""
    columns = {Showing("c", "a"): np.array([1.0]), Showing("c", "b"): np.array([0.0])}
    (weight,) = fit(columns, [_pair(0.75)] * 4, strength=1e6)
    assert weight == pytest.approx(np.log(3), abs=1e-3)


def test_fit_of_unanimous_votes_is_held_by_the_ridge():
    columns = {Showing("c", "a"): np.array([1.0]), Showing("c", "b"): np.array([0.0])}
    (weight,) = fit(columns, [_pair(1.0)], strength=1.0)
    # Where the slope of the ridge, w, meets that of the loss, 1 / (1 + e^w).
    assert weight == pytest.approx(1 / (1 + np.exp(weight)), abs=1e-3)


def test_logistic_learns_the_train_pairs(preferences, profile):
    gallery = Gallery(preferences, profile.embedder, "cpu")
    rewards = Logistic().score(gallery)
    pairs = scored_pairs(rewards, preferences.pairs["train"])
    assert sorted(rewards) == gallery.showings
    assert (pairs.margin > 0)[pairs.label > 0.5].mean() > 0.75


def test_logistic_without_validation_pairs_takes_its_default(preferences, profile):
    alone = replace(preferences, pairs=preferences.pairs | {"validation": []})
    gallery = Gallery(alone, profile.embedder, "cpu")
    assert all(np.isfinite(list(Logistic().score(gallery).values())))
