"""Rewards as a refinement wants them, which may be less than what the reward model says."""

from __future__ import annotations

from torch import Tensor

from rlhf._refinement_data import RefinementData
from rlhf.refine_settings import RefineSettings
from rlhf.reward_model import Others, RewardModel, RewardOutput


def others_of(model: RewardModel, data: RefinementData, settings: RefineSettings) -> Others | None:
    """The clips that are trained on, as what a picture is not to please; None counts everything."""
    if not settings.specificity:
        return None
    clips = data.clips_of(data.briefs.train).to(model.device)
    return Others(model.typical_of(clips), settings.specificity)


def optimised_rewards(model: RewardModel, said: RewardOutput, settings: RefineSettings) -> Tensor:
    """Standardised rewards (n,) of n pictures from what `model` said of them.

    They are cautious, or those of the least head.
    """
    if settings.pessimism == "minimum":
        return model.least_score_of(said)
    return model.score_of(said, caution=settings.caution)
