from __future__ import annotations

import pytest
import torch

from rlhf._painter import load_base_painter
from rlhf.objectives._accumulation import accumulate
from tests.rlhf.objectives.conftest import small_settings

differentiated = pytest.mark.parametrize("name", ["refl", "draft"])


def _learnt(workshop, name, guards=False, **changes):
    """The gradient and what is logged, after a step that makes the adapter say something."""
    shop = workshop(name, **({"gradient_from": 1.0, "reward_views": 2} | changes))
    objective = shop.objective
    if guards:
        objective.guards = [objective.reward_model]
    generator = torch.Generator().manual_seed(3)
    for parameter in shop.parameters:
        parameter.data = 0.1 * torch.randn(parameter.shape, generator=generator)
    facts = accumulate(objective.lesson(objective.generator(0)), 2.0)
    return facts, [parameter.grad for parameter in shop.parameters]


@differentiated
@pytest.mark.parametrize("guards", [False, True])
def test_decoding_in_turn_learns_what_decoding_at_once_learns(workshop, name, guards):
    facts, gradients = _learnt(workshop, name, guards)
    in_turn, same = _learnt(workshop, name, guards, decode_batch=1, micro_batch=3)
    assert in_turn == pytest.approx(facts, rel=1e-3, abs=1e-5)
    assert facts["reward"] != 0
    for one, other in zip(gradients, same, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-2)
    assert max(gradient.abs().max() for gradient in gradients) > 1e-3


def test_decoding_in_turn_measures_without_gradients(workshop):
    shop = workshop("refl", decode_batch=1)
    facts = accumulate(shop.objective.lesson(shop.objective.generator(0)), 0.0)
    assert facts.keys() >= {"loss", "reward", "saturated_fraction"}
    assert all(parameter.grad is None for parameter in shop.parameters)


def test_prompts_of_adapted_text_encoders_keep_their_gradient(workshop):
    _, gradients = _learnt(workshop, "refl", adapt_text_encoders=True, decode_batch=1)
    assert all(gradient is not None for gradient in gradients)


def test_vae_has_a_precision_of_its_own(profile, workshop):
    settings = small_settings("refl", vae_precision="bf16", saves_decoder_memory=True)
    pipeline = load_base_painter(profile, settings, "cpu").pipeline
    assert (pipeline.vae.dtype, pipeline.unet.dtype) == (torch.bfloat16, torch.float32)
    assert pipeline.vae.is_gradient_checkpointing
    assert not pipeline.unet.is_gradient_checkpointing
    exact, _ = _learnt(workshop, "refl")
    rough, gradients = _learnt(workshop, "refl", vae_precision="bf16")
    assert rough["reward"] == pytest.approx(exact["reward"], abs=0.2)
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
