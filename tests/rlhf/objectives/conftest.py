from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from torch import Tensor, nn

from rlhf._adapter import add_adapter
from rlhf._painter import load_base_painter
from rlhf._pretraining_set import snapshot_pictures
from rlhf._refinement_data import RefinementData, briefs_of, refinement_data
from rlhf.objectives import OBJECTIVES, Objective
from rlhf.refine_settings import RefineSettings
from rlhf.reward_model import RewardModel, load_reward_model


def small_settings(objective: str, **changes: Any) -> RefineSettings:
    small = {
        "axis": "emo",
        "objective": objective,
        "steps": 2,
        "batch_size": 4,
        "pretrain_batch_size": 2,
        "rank": 2,
        "painting_steps": 3,
        "evaluation_pictures": 1,
        "pretraining_pictures": 2,
        "reward_weight": 1.0,
        "margin_sd": 100.0,  # Every picture pushes, whatever the tiny reward model thinks of it.
        "group_size": 2,
        "adapted": "unet",
        "adapt_text_encoders": False,
        "watch_every": 0,
        "device": "cpu",
    }
    return RefineSettings(**(small | changes))


class Workshop(NamedTuple):
    """An objective over the tiny painter, ready for its first step."""

    objective: Objective
    parameters: list[nn.Parameter]

    def state(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self.named()}

    def named(self) -> list[tuple[str, Tensor]]:
        pipeline, model = self.objective.pipeline, self.objective.reward_model
        parts = {
            "unet": pipeline.unet,
            "vae": pipeline.vae,
            "text_encoder": pipeline.text_encoder,
            "text_encoder_2": pipeline.text_encoder_2,
            "reward": model,
        }
        return [(f"{p}.{n}", v) for p, part in parts.items() for n, v in part.named_parameters()]


@pytest.fixture(scope="module")
def reward_model(reward_run, profile) -> RewardModel:
    return load_reward_model(reward_run / "model", profile.embedder)


@pytest.fixture(scope="module")
def data(preferences, profile, reward_model) -> RefinementData:
    vae = load_base_painter(profile, small_settings("refl"), "cpu").pipeline.vae
    pictures = snapshot_pictures(preferences, vae, profile.size_px)
    return refinement_data(preferences, reward_model.embedder, briefs_of(preferences), pictures)


@pytest.fixture
def workshop(profile, reward_model, data) -> Callable[..., Workshop]:
    """Build an objective over a freshly loaded painter; `reward` may replace the reward model."""

    def build(objective: str, reward: Any = None, **changes: Any) -> Workshop:
        settings = small_settings(objective, **changes)
        pipeline = load_base_painter(profile, settings, "cpu").pipeline
        parameters = add_adapter(pipeline, settings)
        kind = OBJECTIVES[settings.objective]
        judge = reward or reward_model
        return Workshop(kind(pipeline, judge, data, settings, profile.size_px), parameters)

    return build
