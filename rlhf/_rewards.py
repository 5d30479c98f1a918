"""Rewards of pictures, each for a clip, from whatever gives them; and pairs as margins of these.

Letters in shapes: n pictures, b pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from rlhf._features import Features
from rlhf._preference_loss import FloatArray
from rlhf.preferences import Preference
from rlhf.reward_model import RewardModel


class Showing(NamedTuple):
    """One picture shown for one clip: what a reward is of."""

    clip_id: str
    image_id: str


Rewards = Mapping[Showing, float]


class ScoredPairs(NamedTuple):
    """Pairs of one split as numbers, in their order."""

    margin: FloatArray
    """(b,) reward of the chosen picture less that of the rejected one, without bounds."""
    label: FloatArray
    """(b,) in [0.5, 1], the share of the votes for the chosen picture."""
    weight: FloatArray
    """(b,) above 0, with mean 1."""
    clips: list[str]

    def win_share(self, temperature: float = 1.0) -> FloatArray:
        """Predicted share of the votes for the chosen picture, (b,) in [0, 1]."""
        return win_share(self.margin, temperature)


def showings_of(pairs: Iterable[Preference]) -> list[Showing]:
    """Every picture that the pairs name, for its clip, once and in a fixed order."""
    return sorted(
        {Showing(pair.clip_id, name) for pair in pairs for name in (pair.chosen, pair.rejected)}
    )


@torch.no_grad()
def model_rewards(
    model: RewardModel, features: Features, showings: Sequence[Showing]
) -> dict[Showing, float]:
    """Raw rewards f_k of Eq. 9 by `model`."""
    if not showings:
        return {}
    clips = features.clips.rows(torch.tensor([features.clip_rows[s.clip_id] for s in showings]))
    images = features.images[torch.tensor([features.image_rows[s.image_id] for s in showings])]
    rewards = model(image=images, **clips._asdict()).logits.squeeze(-1)
    return dict(zip(showings, rewards.double().tolist(), strict=True))


def scored_pairs(rewards: Rewards, pairs: Sequence[Preference]) -> ScoredPairs:
    margins = [
        rewards[Showing(pair.clip_id, pair.chosen)] - rewards[Showing(pair.clip_id, pair.rejected)]
        for pair in pairs
    ]
    return ScoredPairs(
        np.array(margins, dtype=np.float64),
        np.array([pair.label for pair in pairs], dtype=np.float64),
        np.array([pair.weight for pair in pairs], dtype=np.float64),
        [pair.clip_id for pair in pairs],
    )


def win_share(margin: NDArray[np.float64], temperature: float) -> FloatArray:
    """sigma(margin / temperature), (b,), without overflow."""
    share: FloatArray = 0.5 * (1 + np.tanh(margin / (2 * temperature)))
    return share
