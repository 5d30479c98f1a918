"""The `draft` objective: the reward's gradient through the last K steps of a whole rollout.

DRaFT-K of Clark et al. 2023, algorithm 1; truncated AlignProp (Prabhudesai et al. 2023) with K
fixed. K = 1 is DRaFT-1.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from rlhf.objectives._reward_gradient import RewardGradientObjective, Window
from rlhf.preferences import Preferences
from rlhf.refine_settings import RefineSettings
from workbench.errors import BadInput


@dataclass
class DraftObjective(RewardGradientObjective):
    """The picture is the finished one; memory grows with K."""

    @classmethod
    def check(cls, settings: RefineSettings, preferences: Preferences) -> None:
        if settings.draft_steps > settings.painting_steps:
            raise BadInput(
                f"draft_steps is {settings.draft_steps}, but a rollout has only "
                f"{settings.painting_steps} steps; lower draft_steps or raise painting_steps"
            )

    def window(self, generator: torch.Generator) -> Window:
        return Window(self.settings.painting_steps - 1, self.settings.draft_steps)
