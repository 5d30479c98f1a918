"""What all objectives share: L = L_pre + lambda * L_axis for one adapter (Eq. 11).

An objective says which loss teaches the axis (`lesson`); everything else is here. Letters in
shapes: n pictures, c latent channels, s latent edge.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from diffusers import StableDiffusionXLPipeline
from torch import Tensor, nn

from rlhf._adapter import adapter_parameters, without_adapter
from rlhf._latents import seeded_noise
from rlhf._optimised_rewards import others_of
from rlhf._processes import ALONE, Processes
from rlhf._prompts import PromptEncoder
from rlhf._refinement_data import RefinementData
from rlhf._refinement_loss import Noised, noised, pretraining_loss
from rlhf._rollout import NotFinite, predict, rollout_scheduler, training_scheduler
from rlhf.objectives._accumulation import (
    Measured,
    Part,
    accumulate,
    chunks,
    gradient_norm,
    share_of,
)
from rlhf.preferences import Preferences
from rlhf.refine_settings import RefineSettings
from rlhf.reward_model import RewardModel

_CALIBRATION_BATCHES = 4


class GradientNorms(NamedTuple):
    """Mean norms over the calibration batches."""

    pretraining: float
    reward: float
    """Of the loss that teaches the axis, whichever the objective has."""

    def weight_for(self, ratio: float) -> float:
        """lambda so that |lambda * grad L_axis| = ratio * |grad L_pre|."""
        return ratio * self.pretraining / self.reward


@dataclass
class Objective(ABC):
    """How one adapter is taught. Every draw follows from (seed, step) alone."""

    pipeline: StableDiffusionXLPipeline
    reward_model: RewardModel
    data: RefinementData
    settings: RefineSettings
    size_px: int
    guards: Sequence[RewardModel] = ()
    """Reward models of other axes, on which no picture may become worse than the base's."""
    processes: Processes = ALONE
    """Those that share each batch; draws are of the whole batch in all of them."""

    def __post_init__(self) -> None:
        sampling = self.pipeline.scheduler
        self.training = training_scheduler(sampling)
        self.sampling = rollout_scheduler(sampling, self.settings.painting_steps)
        self.prompts = PromptEncoder(
            self.pipeline, are_frozen=not self.settings.adapt_text_encoders
        )
        self.device: torch.device = self.pipeline.unet.device
        self.others = others_of(self.reward_model, self.data, self.settings)

    @classmethod  # noqa: B027 refl has nothing to refuse
    def check(cls, settings: RefineSettings, preferences: Preferences) -> None:
        """Raises BadInput, before anything is painted, for what this objective cannot work with."""

    @abstractmethod
    def lesson(self, generator: torch.Generator) -> list[Part]:
        """L_axis on one batch, for the present weights; all draws are made from `generator` now."""

    @property
    def updates(self) -> int:
        """Optimizer steps for one batch."""
        return 1

    @property
    def silence(self) -> str:
        """Why the lesson might have no gradient at all, and the way out."""
        return "the reward is constant"

    def memory(self) -> dict[str, Tensor]:
        """What is carried from step to step: live tensors, for the checkpoint to save and fill."""
        return {}

    def step(
        self,
        number: int,
        reward_weight: float,
        parameters: list[nn.Parameter],
        optimizer: torch.optim.Optimizer,
    ) -> dict[str, float]:
        """Learn from one batch; returns what to log. Raises NotFinite before a weight is spoilt."""
        generator = self.generator(number)
        closeness = self.closeness(generator)
        lesson = self.lesson(generator)
        measured: dict[str, float] = {}
        for _ in range(self.updates):
            measured = self._update(closeness, lesson, reward_weight, parameters, optimizer)
        return measured

    def gradient_norms(self) -> GradientNorms:
        """Norms of the gradients of both losses on the same few batches, before training.

        The rule is one for all objectives: what counts is how strongly each loss pulls at the
        adapter, and no two objectives measure their loss in the same unit.
        """
        parameters = adapter_parameters(self.pipeline)
        remembered = {name: value.clone() for name, value in self.memory().items()}
        pretraining, reward = [], []
        for batch in range(_CALIBRATION_BATCHES):
            generator = self.generator(-1 - batch)
            near, lesson = self.pretraining(generator), self.lesson(generator)
            pretraining.append(gradient_norm(near, parameters, self.processes))
            reward.append(gradient_norm(lesson, parameters, self.processes))
        for name, value in self.memory().items():
            value.copy_(remembered[name])
        return GradientNorms(float(np.mean(pretraining)), float(np.mean(reward)))

    def generator(self, number: int) -> torch.Generator:
        """The source of all draws of step `number`; negative numbers are for calibration."""
        sequence = np.random.SeedSequence([self.settings.seed, number % 2**32])
        return torch.Generator().manual_seed(int(sequence.generate_state(1, np.uint64)[0] >> 1))

    def pretraining(self, generator: torch.Generator) -> list[Part]:
        """L_pre alone, on a batch of the pictures to stay close to."""
        return self._closeness(generator, pretraining_weight=1.0, kl_weight=0.0)

    def closeness(self, generator: torch.Generator) -> list[Part]:
        """What keeps the adapter close to the base: L_pre and the KL, each with its weight."""
        settings = self.settings
        return self._closeness(generator, settings.pretraining_weight, settings.kl_weight)

    def chunks(self, count: int) -> list[slice]:
        """This process's of `count` pictures, in runs that go backward at once."""
        return chunks(self.processes.rows_of(count), self.settings.micro_batch)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """For the time of the block, batches are this process's as a whole."""
        processes, self.processes = self.processes, ALONE
        try:
            yield
        finally:
            self.processes = processes

    def drawn_timesteps(self, count: int, generator: torch.Generator) -> Tensor:
        """(count,) int64, uniform over the noise levels of the painter's own training."""
        levels = self.training.config.num_train_timesteps
        return torch.randint(levels, (count,), generator=generator).to(self.device)

    def said(self, batch: Noised, prompts: Sequence[str]) -> Tensor:
        """The painter's prediction for noisy latents, (n, c, s, s)."""
        conditions = self.prompts(prompts)
        unet = self.pipeline.unet
        return predict(unet, batch.latents, batch.timesteps, conditions, self.size_px)

    def said_by_base(self, batch: Noised, prompts: Sequence[str]) -> Tensor:
        """The same of the painter without its adapter; no gradient."""
        has_texts = self.settings.adapt_text_encoders
        with without_adapter(self.pipeline, with_text_encoders=has_texts):
            return self.said(batch, prompts)

    def _update(
        self,
        closeness: Sequence[Part],
        lesson: Sequence[Part],
        reward_weight: float,
        parameters: list[nn.Parameter],
        optimizer: torch.optim.Optimizer,
    ) -> dict[str, float]:
        """One optimizer step on the sum of both (Eq. 11): one gradient, one clip."""
        settings = self.settings
        optimizer.zero_grad(set_to_none=True)
        # With neither of the weights, L_pre is only logged.
        is_pulling = settings.pretraining_weight > 0 or settings.kl_weight > 0
        with self.processes.in_step():
            near = accumulate(closeness, float(is_pulling))
            taught = accumulate(lesson, reward_weight)
        self.processes.add_gradients(parameters)
        near, taught = self.processes.summed(near), self.processes.summed(taught)
        norm = nn.utils.clip_grad_norm_(parameters, settings.max_grad_norm)
        if not bool(torch.isfinite(norm)):
            raise NotFinite("the gradient")
        optimizer.step()
        near_loss, axis_loss = near.pop("loss"), taught.pop("loss")
        return {
            "loss": near_loss + reward_weight * axis_loss,
            **near,
            "loss_rlhf": axis_loss,
            **taught,
            "gradient_norm": norm.item(),
        }

    def _closeness(
        self, generator: torch.Generator, pretraining_weight: float, kl_weight: float
    ) -> list[Part]:
        known, count = self.data.pretraining, self.settings.pretrain_batch_size
        rows = torch.randint(len(known.latents), (count,), generator=generator)
        times = self.drawn_timesteps(count, generator)
        latents = known.latents[rows]
        noise = seeded_noise(latents.shape, generator, self.device)
        batch = noised(self.training, latents, noise, times)
        prompts = [known.prompts[row] for row in rows.tolist()]

        def part(some: slice) -> Part:
            rows = Noised(*(values[some] for values in batch))
            weights = (pretraining_weight, kl_weight)
            measure = partial(self._stay_close, rows, prompts[some], *weights)
            return Part(share_of(some, count), measure)

        return [part(some) for some in self.chunks(count)]

    def _stay_close(
        self, batch: Noised, prompts: list[str], pretraining_weight: float, kl_weight: float
    ) -> Measured:
        said = self.said(batch, prompts)
        loss = pretraining_loss(said, batch, self.training, self.settings.snr_gamma)
        facts = {"loss_pre": loss.item()}
        total = pretraining_weight * loss
        if kl_weight:
            distance = (said - self.said_by_base(batch, prompts)).square().mean()
            facts["loss_kl"] = distance.item()
            total = total + kl_weight * distance
        return Measured(total, facts)
