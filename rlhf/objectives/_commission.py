"""Fresh pictures for training clips: what is to be painted, and what the reward says of it.

Letters in shapes: n pictures, c latent channels, s latent edge, h and w pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from rlhf._optimised_rewards import optimised_rewards
from rlhf._pretraining_set import Brief
from rlhf._rollout import Denoiser
from rlhf._views import random_views
from rlhf.objectives._objective import Objective
from rlhf.reward_model import ClipFeatures


class Commission(NamedTuple):
    """Pictures to paint, with all that is left to chance already drawn."""

    briefs: list[Brief]
    noise: Tensor
    """(n, ...) float32."""
    view_seeds: list[int]
    """n seeds for the views of the pictures."""

    def part(self, some: slice) -> Commission:
        """The pictures at `some`."""
        return Commission(self.briefs[some], self.noise[some], self.view_seeds[some])


@dataclass
class PaintingObjective(Objective):
    """An objective that paints, and asks the reward model what it thinks of the pictures."""

    @property
    def silence(self) -> str:
        return (
            f"all pictures are above the margin of {self.settings.margin_sd} sd or the reward is "
            "constant; raise margin_sd"
        )

    def latent_shape(self) -> tuple[int, ...]:
        """(c, s, s) of one picture."""
        return tuple(self.data.pretraining.latents.shape[1:])

    def commission(
        self, rows: Sequence[int], noise: Tensor, generator: torch.Generator
    ) -> Commission:
        """Order a picture for each of `rows`; noise: (n, ...)."""
        seeds = torch.randint(2**62, (len(rows),), generator=generator).tolist()
        return Commission([self.data.briefs.train[row] for row in rows], noise, seeds)

    def drawn_rows(self, count: int, generator: torch.Generator) -> list[int]:
        """Training briefs, uniformly and with replacement."""
        known = len(self.data.briefs.train)
        return [int(row) for row in torch.randint(known, (count,), generator=generator)]

    def denoiser(self, briefs: Sequence[Brief]) -> Denoiser:
        """The painter, told the prompts of `briefs`, with the guidance of the rollout."""
        guidance = self.settings.painting_guidance
        return Denoiser(
            self.pipeline.unet,
            self.prompts([brief.prompt for brief in briefs]),
            self.prompts([None] * len(briefs)) if guidance > 1 else None,
            guidance,
            self.size_px,
        )

    def rewards(self, images: Tensor, order: Commission) -> Tensor:
        """Standardised rewards (n,) of pictures (n, 3, h, w) in [0, 1], averaged over views."""
        clips = self.data.targets_of(order.briefs).to(self.device)
        count = self.settings.reward_views
        if not count:
            return self._optimised(images, clips)
        views = torch.cat(
            [
                random_views(image[None], count, torch.Generator().manual_seed(seed))
                for image, seed in zip(images, order.view_seeds, strict=True)
            ]
        )
        shown = torch.arange(len(images), device=images.device).repeat_interleave(count)
        rewards = self._optimised(views.clamp(0, 1), clips.rows(shown))
        return rewards.reshape(-1, count).mean(dim=1)

    def _optimised(self, images: Tensor, clips: ClipFeatures) -> Tensor:
        said = self.reward_model.said(images, clips, self.others)
        return optimised_rewards(self.reward_model, said, self.settings)

    def reward_facts(self, rewards: Tensor) -> dict[str, float]:
        """What to log of rewards (n,): their mean and the share below the margin."""
        is_active = rewards < self.settings.margin_sd
        return {
            "reward": rewards.mean().item(),
            "active_fraction": is_active.float().mean().item(),
        }


def saturated_fraction(images: Tensor) -> float:
    """Share of pixel values outside of [0, 1], which get no gradient."""
    return ((images < 0) | (images > 1)).float().mean().item()
