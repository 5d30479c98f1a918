"""The `grpo` objective: as `ddpo`, but every prompt is painted several times in one batch.

Group-relative advantages of Shao et al. 2024 (DeepSeekMath), section 4.1.2, on denoising chains.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rlhf.objectives._policy_gradient import SD_FLOOR, PolicyGradientObjective, refuse_odd
from rlhf.preferences import Preferences
from rlhf.refine_settings import RefineSettings
from workbench.errors import BadInput


@dataclass
class GrpoObjective(PolicyGradientObjective):
    """A picture is compared with the others of its group; nothing is remembered."""

    @classmethod
    def check(cls, settings: RefineSettings, preferences: Preferences) -> None:
        size = settings.group_size
        if size < 2:
            raise BadInput(
                f"group_size is {size}, but a picture of a group of 1 has no other to be "
                "compared with; give at least 2"
            )
        refuse_odd("group_size", size, settings)
        if settings.batch_size % size:
            raise BadInput(
                f"batch_size is {settings.batch_size}, which is not a whole number of groups of "
                f"{size} pictures; make it a multiple of group_size"
            )

    def batch_rows(self, generator: torch.Generator) -> list[int]:
        return self.repeated_rows(self.settings.group_size, generator)

    def advantages(self, rows: list[int], rewards: Tensor) -> Tensor:
        bound = self.settings.advantage_clip
        return group_advantages(rewards, self.settings.group_size).clamp(-bound, bound)


def group_advantages(rewards: Tensor, size: int) -> Tensor:
    """(r - group mean) / group sd (Shao et al. 2024, section 4.1.2); (n,), 0 in a group of equals.

    rewards: (n,), group after group.
    """
    groups = rewards.reshape(-1, size)
    spread = groups.std(dim=1, correction=0, keepdim=True)
    return ((groups - groups.mean(dim=1, keepdim=True)) / (spread + SD_FLOOR)).reshape(-1)
