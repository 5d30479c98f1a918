"""Where a reward model and the people disagree most: comparisons worth a look by somebody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rlhf._features import Features
from rlhf._rewards import Rewards, model_rewards, scored_pairs, showings_of
from rlhf.preferences import Preference, Preferences
from rlhf.reward_model import RewardModel
from workbench.snapshots import Split

DISAGREEMENTS = "disagreements.json"

HELD_OUT: tuple[Split, ...] = ("validation", "test")
_MOST = 40


class Disagreement(NamedTuple):
    """One comparison that people and model see differently; `chosen` is what people chose."""

    comparison_id: str
    clip_id: str
    kind: str
    split: Split
    chosen: str
    rejected: str
    n_votes: int
    voted: float
    """Share of the votes for `chosen`, in [0.5, 1]."""
    predicted: float
    """Share of the votes for `chosen` that the model expects, in [0, 1]."""


def model_disagreements(
    model: RewardModel, features: Features, preferences: Preferences, temperature: float
) -> list[Disagreement]:
    """The strongest disagreements about pairs that `model` never learned from."""
    pairs = [pair for split in HELD_OUT for pair in preferences.pairs[split]]
    rewards = model_rewards(model, features, showings_of(pairs))
    return strongest(rewards, preferences, temperature, _MOST)


def strongest(
    rewards: Rewards, preferences: Preferences, temperature: float, most: int
) -> list[Disagreement]:
    """At most `most` validation and test pairs on which the model's side is not that of the votes.

    Widest gap between the voted and the expected share first, then most votes, then by id. A pair
    on which the model has the same favourite is no disagreement, however unsure it is; one whose
    votes are even is none either.
    """
    found = [
        each
        for split in HELD_OUT
        for each in _compared(rewards, preferences.pairs[split], split, temperature)
        if each.voted > 0.5 > each.predicted
    ]
    found.sort(key=lambda each: (each.predicted - each.voted, -each.n_votes, each.comparison_id))
    return found[:most]


def _compared(
    rewards: Rewards, pairs: Sequence[Preference], split: Split, temperature: float
) -> list[Disagreement]:
    shares = np.round(scored_pairs(rewards, pairs).win_share(temperature), 4).tolist()
    return [
        Disagreement(
            comparison_id=pair.comparison_id,
            clip_id=pair.clip_id,
            kind=pair.kind,
            split=split,
            chosen=pair.chosen,
            rejected=pair.rejected,
            n_votes=pair.n_votes,
            voted=round(pair.label, 4),
            predicted=share,
        )
        for pair, share in zip(pairs, shares, strict=True)
    ]
