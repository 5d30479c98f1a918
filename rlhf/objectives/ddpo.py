"""The `ddpo` objective: PPO on the denoising chain; the paper names PPO among its choices.

DDPO with importance sampling of Black et al. 2023, section 4.3, with their per-prompt statistics.
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
class DdpoObjective(PolicyGradientObjective):
    """A picture is compared with the last rewards of its own prompt."""

    def __post_init__(self) -> None:
        super().__post_init__()
        briefs = len(self.data.briefs.train)
        self.recent = torch.full((briefs, self.settings.advantage_buffer), torch.nan)
        """Rewards by training brief, newest last; NaN where there is none yet."""

    @classmethod
    def check(cls, settings: RefineSettings, preferences: Preferences) -> None:
        if settings.batch_size < 2:
            raise BadInput(
                f"batch_size is {settings.batch_size}, but ddpo compares pictures with each "
                "other and needs at least 2; raise batch_size (micro_batch saves the memory)"
            )
        refuse_odd("batch_size", settings.batch_size, settings)
        if settings.advantage_minimum > settings.advantage_buffer:
            raise BadInput(
                f"advantage_minimum is {settings.advantage_minimum}, but only the last "
                f"{settings.advantage_buffer} rewards of a prompt are remembered; lower it or "
                "raise advantage_buffer"
            )

    def memory(self) -> dict[str, Tensor]:
        return {"recent_rewards": self.recent}

    def advantages(self, rows: list[int], rewards: Tensor) -> Tensor:
        told = rewards.cpu()
        for row, reward in zip(rows, told, strict=True):
            self.recent[row] = torch.cat([self.recent[row, 1:], reward[None]])
        minimum, bound = self.settings.advantage_minimum, self.settings.advantage_clip
        return tracked_advantages(self.recent, rows, told, minimum, bound).to(rewards.device)


def tracked_advantages(
    recent: Tensor, rows: list[int], rewards: Tensor, minimum: int, bound: float
) -> Tensor:
    """(r - mean) / sd, clipped to +-bound, with the statistics of Black et al. 2023; (n,).

    recent: (b, m) remembered rewards of b briefs, NaN where there is none. A brief with fewer than
    `minimum` is compared with all remembered rewards of all briefs: a batch alone, as in the code
    of Black et al., is too few where batches are small.
    """
    everyone = _known(recent)
    compared = [own if len(own) >= minimum else everyone for own in map(_known, recent[rows])]
    means = torch.stack([others.mean() for others in compared])
    sds = torch.stack([others.std(correction=0) for others in compared])
    return ((rewards - means) / (sds + SD_FLOOR)).clamp(-bound, bound)


def _known(rewards: Tensor) -> Tensor:
    return rewards[~rewards.isnan()]
