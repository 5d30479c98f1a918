"""The `refl` objective: the reward's gradient at one random late step (Eqs. 10-11).

After Xu et al. 2023 (ImageReward), algorithm 1, which has no L_pre.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from rlhf.objectives._reward_gradient import RewardGradientObjective, Window


@dataclass
class ReflObjective(RewardGradientObjective):
    """The picture is the one predicted at the drawn step; no step before it gets a gradient."""

    def window(self, generator: torch.Generator) -> Window:
        steps = self.settings.painting_steps
        first = min(int(self.settings.gradient_from * steps), steps - 1)
        return Window(int(torch.randint(first, steps, (), generator=generator)), 1)
