from __future__ import annotations

import pytest
import torch

from rlhf._latents import seeded_noise
from rlhf.objectives import DraftObjective
from rlhf.objectives._accumulation import accumulate
from tests.rlhf.objectives.conftest import small_settings
from workbench.errors import BadInput


def _gradients(shop):
    """Of one and the same order, through the steps that the objective chooses."""
    objective = shop.objective
    generator = torch.Generator().manual_seed(0)
    noise = seeded_noise((2, *objective.latent_shape()), generator, objective.device)
    order = objective.commission([0, 1], noise, generator)
    accumulate(objective.parts(order, objective.window(generator), 0), 1.0)
    return [parameter.grad for parameter in shop.parameters]


def test_one_step_of_draft_is_refl_at_the_last_step(workshop):
    draft = _gradients(workshop("draft", draft_steps=1))
    refl = _gradients(workshop("refl", gradient_from=1.0))
    assert all(torch.equal(one, other) for one, other in zip(draft, refl, strict=True))


def test_more_steps_of_draft_are_another_gradient(workshop):
    one, two = (_gradients(workshop("draft", draft_steps=k)) for k in (1, 2))
    assert any((a - b).abs().max() > 1e-8 for a, b in zip(one, two, strict=True))


def test_draft_paints_to_the_end(workshop):
    shop = workshop("draft", draft_steps=2)
    facts = accumulate(shop.objective.lesson(shop.objective.generator(0)), 0.0)
    assert facts["gradient_step"] == 2.0


def test_draft_refuses_more_steps_than_a_rollout_has(preferences):
    settings = small_settings("draft", draft_steps=4)
    with pytest.raises(BadInput, match="draft_steps is 4, but a rollout has only 3 steps; lower"):
        DraftObjective.check(settings, preferences)
