"""Rewards whose gradient goes back through decoder and denoising steps; `refl` and `draft` differ
in which steps.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from rlhf._adapter import without_adapter
from rlhf._guards import falls
from rlhf._latents import decode_latents, seeded_noise
from rlhf._refinement_loss import reward_loss
from rlhf._rollout import truncated_rollout
from rlhf.objectives._accumulation import Measured, Part, share_of
from rlhf.objectives._commission import Commission, PaintingObjective, saturated_fraction


class Window(NamedTuple):
    """Where the rollout ends, and how many of its last steps have gradients."""

    last_step: int
    gradient_steps: int


@dataclass
class RewardGradientObjective(PaintingObjective):
    """L_axis = mean relu(margin - f): the hinge form of Eq. 10, differentiated through painting."""

    @abstractmethod
    def window(self, generator: torch.Generator) -> Window:
        """The steps of this batch, counted from 0."""

    def lesson(self, generator: torch.Generator) -> list[Part]:
        count = self.settings.batch_size
        rows = self.drawn_rows(count, generator)
        window = self.window(generator)
        noise = seeded_noise((count, *self.latent_shape()), generator, self.device)
        order = self.commission(rows, noise, generator)
        return [
            Part(share_of(some, count), partial(self._painted, order.part(some), window))
            for some in self.chunks(count)
        ]

    def _painted(self, order: Commission, window: Window) -> Measured:
        images = self._rolled_out(order, window)
        shown = images.clamp(0, 1)
        rewards = self.rewards(shown, order)
        loss = reward_loss(rewards, self.settings.margin_sd)
        facts: dict[str, float] = {}
        if self.guards:
            fall = self._falls(shown, order, window).mean()
            loss, facts = loss + self.settings.guard_weight * fall, {"guard_fall": fall.item()}
        facts |= {
            **self.reward_facts(rewards.detach()),
            "saturated_fraction": saturated_fraction(images),
            "gradient_step": float(window.last_step),
        }
        return Measured(loss, facts)

    def _rolled_out(self, order: Commission, window: Window) -> Tensor:
        """The pictures (n, 3, h, w) before their values are clamped."""
        clean = truncated_rollout(
            self.denoiser(order.briefs), self.sampling, order.noise, **window._asdict()
        )
        return decode_latents(self.pipeline.vae, clean)

    def _falls(self, images: Tensor, order: Commission, window: Window) -> Tensor:
        """What the guards say of pictures, (n,), beside those of the painter without adapter."""
        has_texts = self.settings.adapt_text_encoders
        with torch.no_grad(), without_adapter(self.pipeline, with_text_encoders=has_texts):
            before = self._rolled_out(order, window).clamp(0, 1)
        clips = self.data.targets_of(order.briefs).to(self.device)
        return falls(self.guards, images, before, clips)
