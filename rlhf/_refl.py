"""The `refl` objective: one optimizer step on L_pre + lambda * L_RLHF (Eqs. 10-11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from diffusers import StableDiffusionXLPipeline
from torch import Tensor, nn

from rlhf._adapter import adapter_parameters
from rlhf._latents import decode_latents, seeded_noise
from rlhf._prompts import PromptEncoder
from rlhf._refinement_data import RefinementData
from rlhf._refinement_loss import gradient_norm, pretraining_loss, reward_loss
from rlhf._rollout import NotFinite, rollout_scheduler, training_scheduler, truncated_rollout
from rlhf._views import random_views
from rlhf.reward_model import ClipFeatures, RewardModel
from rlhf.settings import RefineSettings

_CALIBRATION_BATCHES = 4


class Painted(NamedTuple):
    """L_RLHF of one batch and what to log of it."""

    loss: Tensor
    rewards: Tensor
    """(n,) standardised, without gradient."""
    gradient_step: int
    saturated: float
    """Share of pixel values outside of [0, 1], which get no gradient."""


class GradientNorms(NamedTuple):
    """Mean norms over the calibration batches."""

    pretraining: float
    reward: float

    def weight_for(self, ratio: float) -> float:
        """lambda so that |lambda * grad L_RLHF| = ratio * |grad L_pre|."""
        return ratio * self.pretraining / self.reward


@dataclass
class ReflObjective:
    """Both losses of Eq. 11 for one adapter. Every draw follows from (seed, step) alone."""

    pipeline: StableDiffusionXLPipeline
    reward_model: RewardModel
    data: RefinementData
    settings: RefineSettings
    size_px: int

    def __post_init__(self) -> None:
        sampling = self.pipeline.scheduler
        self._training = training_scheduler(sampling)
        self._rollout = rollout_scheduler(sampling, self.settings.painting_steps)
        self._prompts = PromptEncoder(
            self.pipeline, are_frozen=not self.settings.adapt_text_encoders
        )
        self._device: torch.device = self.pipeline.unet.device

    def step(
        self,
        number: int,
        reward_weight: float,
        parameters: list[nn.Parameter],
        optimizer: torch.optim.Optimizer,
    ) -> dict[str, float]:
        """One optimizer step: both losses in one backward, one clip. Returns what to log.

        Raises NotFinite before any weight has changed.
        """
        generator = self.generator(number)
        pretraining_weight = self.settings.pretraining_weight
        with torch.set_grad_enabled(pretraining_weight > 0):  # Without it, L_pre is only logged.
            pretraining = self.pretraining_loss(generator)
        painted = self.reward_loss(generator)
        loss = pretraining_weight * pretraining + reward_weight * painted.loss
        if not bool(torch.isfinite(loss)):
            raise NotFinite("the loss")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(parameters, self.settings.max_grad_norm)
        if not bool(torch.isfinite(norm)):
            raise NotFinite("the gradient")
        optimizer.step()
        return {
            "loss": loss.item(),
            "loss_pre": pretraining.item(),
            "loss_rlhf": painted.loss.item(),
            "reward": painted.rewards.mean().item(),
            "active_fraction": (painted.rewards < self.settings.margin_sd).float().mean().item(),
            "saturated_fraction": painted.saturated,
            "gradient_norm": norm.item(),
            "gradient_step": painted.gradient_step,
        }

    def gradient_norms(self) -> GradientNorms:
        """Norms of the gradients of both losses on the same few batches, before training."""
        parameters = adapter_parameters(self.pipeline)
        pretraining, reward = [], []
        for batch in range(_CALIBRATION_BATCHES):
            generator = self.generator(-1 - batch)
            pretraining.append(gradient_norm(self.pretraining_loss(generator), parameters))
            reward.append(gradient_norm(self.reward_loss(generator).loss, parameters))
        return GradientNorms(float(np.mean(pretraining)), float(np.mean(reward)))

    def generator(self, number: int) -> torch.Generator:
        """The source of all draws of step `number`; negative numbers are for calibration."""
        sequence = np.random.SeedSequence([self.settings.seed, number % 2**32])
        return torch.Generator().manual_seed(int(sequence.generate_state(1, np.uint64)[0] >> 1))

    def pretraining_loss(self, generator: torch.Generator) -> Tensor:
        """L_pre on a batch of the pictures to stay close to."""
        count = self.settings.pretrain_batch_size
        rows = torch.randint(len(self.data.pretraining.latents), (count,), generator=generator)
        timesteps = torch.randint(
            self._training.config.num_train_timesteps, (count,), generator=generator
        )
        latents = self.data.pretraining.latents[rows]
        return pretraining_loss(
            self.pipeline.unet,
            self._training,
            latents,
            seeded_noise(latents.shape, generator, self._device),
            timesteps.to(self._device),
            self._prompts([self.data.pretraining.prompts[row] for row in rows.tolist()]),
            snr_gamma=self.settings.snr_gamma,
            size_px=self.size_px,
        )

    def reward_loss(self, generator: torch.Generator) -> Painted:
        """L_RLHF on a batch of fresh pictures for training clips."""
        count = self.settings.batch_size
        drawn = torch.randint(len(self.data.briefs.train), (count,), generator=generator).tolist()
        briefs = [self.data.briefs.train[index] for index in drawn]
        gradient_step = self._late_step(generator)
        guided = self.settings.painting_guidance > 1
        shape = (count, *self.data.pretraining.latents.shape[1:])
        clean = truncated_rollout(
            self.pipeline.unet,
            self._rollout,
            seeded_noise(shape, generator, self._device),
            self._prompts([brief.prompt for brief in briefs]),
            self._prompts([None] * count) if guided else None,
            guidance=self.settings.painting_guidance,
            gradient_step=gradient_step,
            size_px=self.size_px,
        )
        images = decode_latents(self.pipeline.vae, clean)
        clips = self.data.clips_of(briefs).to(self._device)
        rewards = self._rewards(images.clamp(0, 1), clips, generator)
        outside = ((images < 0) | (images > 1)).float().mean().item()
        loss = reward_loss(rewards, self.settings.margin_sd)
        return Painted(loss, rewards.detach(), gradient_step, outside)

    def _rewards(self, images: Tensor, clips: ClipFeatures, generator: torch.Generator) -> Tensor:
        """Standardised rewards (n,), averaged over views of the pictures (n, 3, h, w)."""
        count = self.settings.reward_views
        if not count:
            return self.reward_model.score(images, clips)
        views = random_views(images, count, generator).clamp(0, 1)
        rows = torch.arange(len(images), device=images.device).repeat(count)
        return self.reward_model.score(views, clips.rows(rows)).reshape(count, -1).mean(dim=0)

    def _late_step(self, generator: torch.Generator) -> int:
        steps = self.settings.painting_steps
        first = min(int(self.settings.gradient_from * steps), steps - 1)
        return int(torch.randint(first, steps, (), generator=generator))
