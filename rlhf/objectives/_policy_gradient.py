"""Policy gradients on the denoising chain: pictures are painted, rewarded, and their decisions made
more or less likely. `ddpo` and `grpo` differ in whom a picture is compared with.

No gradient goes through reward model or VAE. Pictures come in twins, as in mirrored sampling
(Brockhoff et al. 2010) and antithetic evolution strategies (Salimans et al. 2017): a
decision's noise z adds (r - b) z to the gradient and its twin's (r' - b) (-z), so of both rewards
only the part counts that turns round with the noise, which is the part that a gradient is about.
Each picture for itself is drawn as ever, so the mean of the gradient stays what it was. Letters in
shapes: n pictures, t Gaussian steps, c latent channels, s latent edge.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from rlhf._latents import decode_latents, seeded_noise
from rlhf._pretraining_set import Brief
from rlhf.objectives._accumulation import Measured, Part, share_of
from rlhf.objectives._commission import Commission, PaintingObjective
from rlhf.objectives._gaussian_chain import Chain, decision, log_probability, stochastic_rollout
from rlhf.refine_settings import RefineSettings
from workbench.errors import BadInput

SD_FLOOR = 1e-6
"""Added to a sd before it divides: equals get an advantage of 0."""


class Experience(NamedTuple):
    """Some pictures at one decision."""

    step: int
    briefs: list[Brief]
    before: Tensor
    """(n, c, s, s)."""
    after: Tensor
    """(n, c, s, s)."""
    log_probs: Tensor
    """(n,), of the painter that painted them."""
    advantages: Tensor
    """(n,)."""


@dataclass
class PolicyGradientObjective(PaintingObjective):
    """L_axis = the clipped loss of PPO, over all pictures of a batch and all of their decisions."""

    @abstractmethod
    def advantages(self, rows: list[int], rewards: Tensor) -> Tensor:
        """How much better than expected each picture is, (n,), from rewards (n,) of the briefs."""

    def batch_rows(self, generator: torch.Generator) -> list[int]:
        """The briefs of a batch, those of twins beside each other."""
        return self.repeated_rows(2 if self.settings.mirrored else 1, generator)

    def repeated_rows(self, times: int, generator: torch.Generator) -> list[int]:
        """The briefs of a batch in which each comes `times` in a row."""
        drawn = self.drawn_rows(self.settings.batch_size // times, generator)
        return [row for row in drawn for _ in range(times)]

    @property
    def updates(self) -> int:
        return self.settings.inner_updates

    @property
    def silence(self) -> str:
        return (
            "no picture is better or worse than those that it is compared with: the reward is "
            f"constant or all pictures are above the margin of {self.settings.margin_sd} sd; "
            "raise margin_sd or batch_size"
        )

    def lesson(self, generator: torch.Generator) -> list[Part]:
        rows = self.batch_rows(generator)
        noise = self._noise(len(rows), generator)
        order = self.commission(rows, noise, generator)
        some = self.chunks(len(rows))
        # The same chunks as below: other shapes are other roundings, and the ratio must start at 1.
        with self.processes.in_step():
            chains = [self._chain(order.part(chunk)) for chunk in some]
            own = [self._judged(c, order.part(s)) for c, s in zip(chains, some, strict=True)]
        # Whom a picture is compared with does not depend on which process painted it.
        rewards = self.processes.joined(torch.cat(own))
        # As in `refl`, a picture above the margin is good enough, however far above it is.
        advantages = self.advantages(rows, rewards.clamp(max=self.settings.margin_sd))
        return [
            part
            for chain, chunk in zip(chains, some, strict=True)
            for part in self._parts(chain, order, chunk, rewards, advantages)
        ]

    def _noise(self, count: int, generator: torch.Generator) -> Tensor:
        """(count, t + 1, c, s, s): the start of each picture, and what its decisions add."""
        shape = (self.settings.painting_steps, *self.latent_shape())
        if not self.settings.mirrored:
            return seeded_noise((count, *shape), generator, self.device)
        return mirrored(seeded_noise((count // 2, *shape), generator, self.device))

    def _parts(
        self, chain: Chain, order: Commission, some: slice, rewards: Tensor, advantages: Tensor
    ) -> list[Part]:
        decisions = chain.log_probs.shape[1]
        facts = self.reward_facts(rewards[some])
        return [
            Part(
                share_of(some, len(rewards)) / decisions,
                partial(
                    self._clipped,
                    Experience(
                        step,
                        order.briefs[some],
                        chain.latents[:, step],
                        chain.latents[:, step + 1],
                        chain.log_probs[:, step],
                        advantages[some],
                    ),
                    facts,
                ),
            )
            for step in range(decisions)
        ]

    def _chain(self, order: Commission) -> Chain:
        with torch.no_grad():
            return stochastic_rollout(self.denoiser(order.briefs), self.sampling, order.noise)

    @torch.no_grad()
    def _judged(self, chain: Chain, order: Commission) -> Tensor:
        images = decode_latents(self.pipeline.vae, chain.clean).clamp(0, 1)
        return self.rewards(images, order)

    def _clipped(self, experience: Experience, reward_facts: dict[str, float]) -> Measured:
        denoiser = self.denoiser(experience.briefs)
        gaussian = decision(denoiser, self.sampling, experience.step, experience.before)
        log_probs = log_probability(experience.after, gaussian)
        ratios = torch.exp(log_probs - experience.log_probs)
        clip = self.settings.ratio_clip
        return Measured(
            ppo_clip_loss(ratios, experience.advantages, clip),
            {
                **reward_facts,
                "ratio": ratios.mean().item(),
                "clipped_fraction": ((ratios - 1).abs() > clip).float().mean().item(),
            },
        )


def refuse_odd(name: str, size: int, settings: RefineSettings) -> None:
    """Raises BadInput for a number of pictures that does not go up in twins."""
    if settings.mirrored and size % 2:
        raise BadInput(
            f"{name} is {size}, but pictures are painted in twins; make it even, or switch "
            "mirrored off"
        )


def mirrored(noise: Tensor) -> Tensor:
    """Behind each row of (n / 2, t + 1, ...) its twin: the same start, the opposite decisions."""
    twins = torch.cat([noise[:, :1], -noise[:, 1:]], dim=1)
    return torch.stack([noise, twins], dim=1).flatten(0, 1)


def ppo_clip_loss(ratios: Tensor, advantages: Tensor, clip: float) -> Tensor:
    """Schulman et al. 2017 (PPO), Eq. 7, to be minimised; ratios, advantages: (n,).

    A decision that has become more likely (if good) or less likely (if bad) by more than `clip`
    pushes no further.
    """
    bounded = ratios.clamp(1 - clip, 1 + clip)
    return -torch.minimum(ratios * advantages, bounded * advantages).mean()
