"""The `dpo` objective: straight from the judgements, without a reward model.

Diffusion-DPO of Wallace et al. 2023, with soft labels and vote weights as in Eq. 9. Letters in
shapes: b pairs, c latent channels, s latent edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from rlhf._latents import seeded_noise
from rlhf._preference_loss import bradley_terry_loss
from rlhf._pretraining_set import picture_latents
from rlhf._refinement_loss import Noised, denoising_errors, noised
from rlhf.objectives._accumulation import Measured, Part, share_of
from rlhf.objectives._objective import Objective
from rlhf.preferences import Preference, Preferences
from rlhf.refine_settings import RefineSettings
from workbench.errors import BadInput


class Lesson(NamedTuple):
    """One judged comparison and what the painter is told to paint."""

    pair: Preference
    prompt: str


class PairBatch(NamedTuple):
    """b comparisons, both pictures under the same noise."""

    chosen: Noised
    rejected: Noised
    labels: Tensor
    """(b,) in [0.5, 1]."""
    weights: Tensor
    """(b,), mean 1 over the split."""


@dataclass
class DpoObjective(Objective):
    """Here a batch is `batch_size` comparisons of the train split, and so is a micro-batch."""

    def __post_init__(self) -> None:
        super().__post_init__()
        preferences = self.data.preferences
        self._lessons = lessons_of(preferences)
        shown = sorted({name for one in self._lessons for name in _pictures(one.pair)})
        pictures = [preferences.pictures[name] for name in shown]
        # Encoded once; kept off the GPU, where thousands of large ones would be in the way.
        self._latents = picture_latents(self.pipeline.vae, pictures, self.size_px).cpu()
        self._rows = {name: row for row, name in enumerate(shown)}

    @classmethod
    def check(cls, settings: RefineSettings, preferences: Preferences) -> None:
        if settings.targets != "own":
            raise BadInput(
                f"targets = {settings.targets} is for rewards, which can be asked for another "
                "clip; dpo learns from judgements as they were given"
            )
        lessons = lessons_of(preferences)
        folder, axis = preferences.snapshot.folder, preferences.axis
        if not lessons:
            raise BadInput(
                f"none of the {len(preferences.pairs['train'])} {axis} pairs to train on in "
                f"{folder} has a prompt; dpo needs the prompt of a picture, or a visual prompt or "
                "text of its clip"
            )
        if all(lesson.pair.label == 0.5 for lesson in lessons):
            raise BadInput(
                f"all {len(lessons)} {axis} pairs to train on in {folder} are ties, so dpo has "
                "nothing to learn; collect more judgements or use an objective with a reward model"
            )

    @property
    def silence(self) -> str:
        return "all drawn pairs are ties; raise batch_size"

    def lesson(self, generator: torch.Generator) -> list[Part]:
        count = self.settings.batch_size
        drawn = torch.randint(len(self._lessons), (count,), generator=generator).tolist()
        lessons = [self._lessons[row] for row in drawn]
        times = self.drawn_timesteps(count, generator)
        noise = seeded_noise((count, *self._latents.shape[1:]), generator, self.device)
        return [
            Part(
                share_of(some, count),
                partial(
                    self._compared,
                    self._batch(lessons[some], noise[some], times[some]),
                    [lesson.prompt for lesson in lessons[some]],
                ),
            )
            for some in self.chunks(count)
        ]

    def _batch(self, lessons: list[Lesson], noise: Tensor, times: Tensor) -> PairBatch:
        pairs = [lesson.pair for lesson in lessons]
        chosen = self._latents_of([pair.chosen for pair in pairs])
        rejected = self._latents_of([pair.rejected for pair in pairs])
        return PairBatch(
            noised(self.training, chosen, noise, times),
            noised(self.training, rejected, noise, times),
            torch.tensor([pair.label for pair in pairs], device=self.device),
            torch.tensor([pair.weight for pair in pairs], device=self.device),
        )

    def _latents_of(self, pictures: list[str]) -> Tensor:
        return self._latents[[self._rows[name] for name in pictures]].to(self.device)

    def _compared(self, batch: PairBatch, prompts: list[str]) -> Measured:
        both = Noised(*map(torch.cat, zip(batch.chosen, batch.rejected, strict=True)))
        base_errors = denoising_errors(self.said_by_base(both, prompts * 2), both.target)
        errors = denoising_errors(self.said(both, prompts * 2), both.target)
        chosen, rejected = implicit_rewards(errors, base_errors, self.settings.dpo_beta).chunk(2)
        margins = (chosen - rejected).detach()
        return Measured(
            bradley_terry_loss(chosen, rejected, batch.labels, batch.weights),
            {
                "implicit_accuracy": (margins > 0).float().mean().item(),
                "implicit_margin": margins.mean().item(),
            },
        )


def implicit_rewards(errors: Tensor, base_errors: Tensor, beta: float) -> Tensor:
    """What an adapter thinks of pictures, by how much better than its base it denoises them; (b,).

    The terms inside of log sigma in Wallace et al. 2023, Eq. 14; Eq. 9 on these rewards is their
    loss. errors, base_errors: (b,) mean squared errors per picture. As in their code, beta / 2 of
    the mean stands for beta * T * omega of the sum.
    """
    return -beta / 2 * (errors - base_errors)


def lessons_of(preferences: Preferences) -> list[Lesson]:
    """The train pairs for which there is something to tell the painter.

    Ties stay, with their label of 0.5: they hold that the adapter should like neither picture
    better than the base does, which is as much of a judgement as any other.
    """
    told = [Lesson(pair, _prompt(preferences, pair)) for pair in preferences.pairs["train"]]
    return [lesson for lesson in told if lesson.prompt]


def _prompt(preferences: Preferences, pair: Preference) -> str:
    """What the painter is told for the clip of a comparison: one prompt for both pictures.

    A picture may be another clip's, and was then painted from words that have nothing to do with
    this one; the judgement is about what to paint for this clip.
    """
    pictures = [preferences.pictures[name] for name in _pictures(pair)]
    own = [picture.prompt for picture in pictures if picture.clip_id == pair.clip_id]
    clip = preferences.clips[pair.clip_id]
    return next(filter(None, [*own, clip.visual_prompt, clip.text]), "")


def _pictures(pair: Preference) -> tuple[str, str]:
    return pair.chosen, pair.rejected
