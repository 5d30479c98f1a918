"""Rewards as a refinement wants them, which may be less than what the reward model says.

Letters in shapes: n pictures, h and w pixels.
"""

from __future__ import annotations

from torch import Tensor

from rlhf._refinement_data import RefinementData
from rlhf.refine_settings import RefineSettings
from rlhf.reward_model import ClipFeatures, Others, RewardModel


def others_of(model: RewardModel, data: RefinementData, settings: RefineSettings) -> Others | None:
    """The clips that are trained on, as what a picture is not to please; None counts everything."""
    if not settings.specificity:
        return None
    clips = data.clips_of(data.briefs.train).to(model.device)
    return Others(model.typical_of(clips), settings.specificity)


def optimised_rewards(
    model: RewardModel,
    images: Tensor,
    clips: ClipFeatures,
    settings: RefineSettings,
    others: Others | None,
) -> Tensor:
    """Standardised rewards (n,): cautious, or those of the least head.

    images: (n, 3, h, w) in [0, 1]; clips: n rows.
    """
    if settings.pessimism == "minimum":
        return model.least_score(images, clips, others=others)
    return model.score(images, clips, caution=settings.caution, others=others)
