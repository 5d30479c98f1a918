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
from rlhf._merged_unet import MergedUNet
from rlhf._refinement_loss import reward_loss
from rlhf._rollout import begun_rollout, finished_rollout, truncated_rollout
from rlhf.objectives._accumulation import Measured, Part, accumulate, chunks, share_of
from rlhf.objectives._commission import Commission, PaintingObjective, saturated_fraction


class Window(NamedTuple):
    """Where the rollout ends, and how many of its last steps have gradients."""

    last_step: int
    gradient_steps: int

    @property
    def steps(self) -> range:
        """The steps with a gradient."""
        return range(max(0, self.last_step + 1 - self.gradient_steps), self.last_step + 1)


class Sketch(NamedTuple):
    """Pictures as far as they are painted without gradients."""

    order: Commission
    latents: Tensor
    """(n, c, s, s) before the first step with a gradient."""
    before: Tensor | None
    """(n, 3, h, w) in [0, 1]: the finished pictures of the painter without adapter, for guards."""

    def part(self, some: slice) -> Sketch:
        """The pictures at `some`."""
        before = None if self.before is None else self.before[some]
        return Sketch(self.order.part(some), self.latents[some], before)


@dataclass
class RewardGradientObjective(PaintingObjective):
    """L_axis = mean relu(margin - f): the hinge form of Eq. 10, differentiated through painting."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.merged = MergedUNet(self.pipeline.unet, self.settings.axis)

    @abstractmethod
    def window(self, generator: torch.Generator) -> Window:
        """The steps of this batch, counted from 0."""

    def lesson(self, generator: torch.Generator) -> list[Part]:
        count = self.settings.batch_size
        rows = self.drawn_rows(count, generator)
        window = self.window(generator)
        noise = seeded_noise((count, *self.latent_shape()), generator, self.device)
        order = self.commission(rows, noise, generator)
        seed = int(torch.randint(2**62, (), generator=generator))
        return self.parts(order, window, seed)

    def parts(self, order: Commission, window: Window, seed: int) -> list[Part]:
        """L_axis on what was ordered. seed: of rounding, where the painter's weights are bf16."""
        before = self._by_base(order, window) if self.guards else None
        sketch = Sketch(order, self._begun(order, window, seed), before)
        count = len(order.briefs)
        return [
            Part(share_of(some, count), partial(self._painted, sketch.part(some), window))
            for some in self.chunks(count)
        ]

    def _begun(self, order: Commission, window: Window, seed: int) -> Tensor:
        """Latents (n, c, s, s) before the first step with a gradient, of all pictures at once."""
        first = window.steps[0]
        with torch.no_grad():
            denoiser = self.denoiser(order.briefs)
        if not first:
            return begun_rollout(denoiser, self.sampling, order.noise, until=0)
        with self.merged.with_adapter(seed) as unet:
            swift = denoiser._replace(unet=unet)
            return begun_rollout(swift, self.sampling, order.noise, until=first)

    @torch.no_grad()
    def _by_base(self, order: Commission, window: Window) -> Tensor:
        """The pictures (n, 3, h, w) in [0, 1] of the painter without adapter."""
        has_texts = self.settings.adapt_text_encoders
        with without_adapter(self.pipeline, with_text_encoders=has_texts):
            denoiser = self.denoiser(order.briefs)
        with self.merged.as_base() as unet:
            clean = truncated_rollout(
                denoiser._replace(unet=unet), self.sampling, order.noise, **window._asdict()
            )
        rows = chunks(len(clean), self.settings.decode_batch)
        return torch.cat([decode_latents(self.pipeline.vae, clean[some]) for some in rows]).clamp(
            0, 1
        )

    def _painted(self, sketch: Sketch, window: Window) -> Measured:
        clean = finished_rollout(
            self.denoiser(sketch.order.briefs), self.sampling, sketch.latents, steps=window.steps
        )
        rows = chunks(len(clean), self.settings.decode_batch)
        if len(rows) == 1:
            return self._seen(sketch, clean, window)
        return self._seen_in_turn(sketch, clean, window, rows)

    def _seen_in_turn(
        self, sketch: Sketch, clean: Tensor, window: Window, rows: list[slice]
    ) -> Measured:
        """As `_seen`, some pictures after the others: the decoder takes more memory than the UNet.

        The gradient of the latents is worked out at once; the loss only carries it on.
        """
        latents = clean.detach().requires_grad_(clean.requires_grad)
        parts = [
            Part(
                share_of(some, len(clean)),
                partial(self._seen, sketch.part(some), latents[some], window),
            )
            for some in rows
        ]
        facts = accumulate(parts, float(clean.requires_grad))
        loss = clean.new_tensor(facts.pop("loss"))
        if latents.grad is None:
            return Measured(loss, facts)
        carrier = (clean * latents.grad).sum()
        return Measured(loss + carrier - carrier.detach(), facts)

    def _seen(self, sketch: Sketch, clean: Tensor, window: Window) -> Measured:
        """What the reward and the guards say of finished latents (n, c, s, s)."""
        images = decode_latents(self.pipeline.vae, clean)
        shown = images.clamp(0, 1)
        rewards = self.rewards(shown, sketch.order)
        loss = reward_loss(rewards, self.settings.margin_sd)
        facts: dict[str, float] = {}
        if sketch.before is not None:
            clips = self.data.targets_of(sketch.order.briefs).to(self.device)
            fall = falls(self.guards, shown, sketch.before, clips).mean()
            loss, facts = loss + self.settings.guard_weight * fall, {"guard_fall": fall.item()}
        facts |= {
            **self.reward_facts(rewards.detach()),
            "saturated_fraction": saturated_fraction(images),
            "gradient_step": float(window.last_step),
        }
        return Measured(loss, facts)
