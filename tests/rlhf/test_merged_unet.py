from __future__ import annotations

from typing import NamedTuple

import pytest
import torch
from diffusers import StableDiffusionXLPipeline

from rlhf._adapter import adapter_parameters, add_adapter, without_adapter
from rlhf._merged_unet import MergedUNet, _rounded
from rlhf._painter import load_base_painter
from rlhf._prompts import PromptEncoder
from rlhf._rollout import predict
from rlhf.refine_settings import RefineSettings


class _Painter(NamedTuple):
    pipeline: StableDiffusionXLPipeline
    prompts: PromptEncoder
    merged: MergedUNet


@pytest.fixture
def painter(profile):
    """A tiny painter whose adapter says something, on every kind of layer."""
    settings = RefineSettings(axis="emo", rank=2, adapted="unet", adapt_text_encoders=False)
    pipeline = load_base_painter(profile, settings, "cpu").pipeline
    generator = torch.Generator().manual_seed(0)
    for parameter in add_adapter(pipeline, settings):
        parameter.data = 0.2 * torch.randn(parameter.shape, generator=generator)
    prompts = PromptEncoder(pipeline, are_frozen=True)
    return _Painter(pipeline, prompts, MergedUNet(pipeline.unet, "emo"))


def _said(painter, unet=None):
    latents = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        prompts = painter.prompts(["blue ocean", "night"])
        return predict(unet or painter.pipeline.unet, latents, torch.tensor(500), prompts, 32)


def test_merged_adapter_says_what_the_adapter_beside_says(painter):
    beside = _said(painter)
    with painter.merged.with_adapter(0) as unet:
        assert all(layer.disable_adapters for layer in painter.merged._layers)
        torch.testing.assert_close(_said(painter, unet), beside, atol=1e-5, rtol=1e-4)


def test_base_says_what_it_said_without_an_adapter(painter):
    with without_adapter(painter.pipeline, with_text_encoders=False):
        base = _said(painter)
    with painter.merged.as_base() as unet:
        assert torch.equal(_said(painter, unet), base)
    assert not torch.allclose(_said(painter), base)


def test_weights_and_adapter_come_back_also_after_an_error(painter):
    before = {n: v.clone() for n, v in painter.pipeline.unet.state_dict().items()}
    learning = len(adapter_parameters(painter.pipeline))
    said = _said(painter)
    with pytest.raises(KeyError), painter.merged.with_adapter(0):
        raise KeyError
    after = painter.pipeline.unet.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert torch.equal(_said(painter), said)
    assert len(adapter_parameters(painter.pipeline)) == learning > 0


def test_adapter_that_was_off_stays_off(painter):
    with without_adapter(painter.pipeline, with_text_encoders=False):
        with painter.merged.as_base():
            pass
        assert all(layer.disable_adapters for layer in painter.merged._layers)


def test_adapter_that_moves_on_is_merged_anew(painter):
    with painter.merged.with_adapter(0) as unet:
        first = _said(painter, unet)
    with torch.no_grad():
        for parameter in adapter_parameters(painter.pipeline):
            parameter.mul_(2)
    with painter.merged.with_adapter(0) as unet:
        assert not torch.allclose(_said(painter, unet), first)


def test_rounding_to_bf16_keeps_the_mean_of_what_it_cannot_hold():
    whole = torch.full((200_000,), 1 + 0.1 * 2**-7)  # A tenth of the step of bf16 above 1.
    up = _rounded(whole, torch.bfloat16, torch.Generator().manual_seed(0))
    assert whole.to(torch.bfloat16).unique().tolist() == [1.0]
    assert up.unique().tolist() == [1.0, 1 + 2**-7]
    assert up.double().mean().item() == pytest.approx(1 + 0.1 * 2**-7, abs=2**-7 * 0.003)
    down = _rounded(-whole, torch.bfloat16, torch.Generator().manual_seed(0))
    assert torch.equal(down, -up)


def test_rounding_repeats_from_its_seed_and_leaves_what_fits():
    whole = torch.randn(1000, generator=torch.Generator().manual_seed(0))
    one, same, other = (
        _rounded(whole, torch.bfloat16, torch.Generator().manual_seed(s)) for s in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    exact = whole.to(torch.bfloat16)
    assert torch.equal(_rounded(exact.float(), torch.bfloat16, torch.Generator()), exact)
    assert _rounded(whole, torch.float32, torch.Generator()) is whole


@pytest.mark.skipif(not torch.cuda.is_available(), reason="recording needs a GPU")
def test_recorded_pass_says_what_the_pass_says(painter):
    painter.pipeline.to("cuda")
    recorded = MergedUNet(painter.pipeline.unet, "emo")
    plain = MergedUNet(painter.pipeline.unet, "emo", replays=False)
    latents = torch.randn(2, 4, 8, 8, device="cuda")
    prompts = painter.prompts(["blue ocean", "night"])
    said = []
    for merged in (recorded, plain):
        with merged.with_adapter(0) as unet:
            said.append(predict(unet, latents, torch.tensor(500, device="cuda"), prompts, 32))
    torch.testing.assert_close(*said, atol=1e-4, rtol=1e-3)
