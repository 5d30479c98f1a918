from __future__ import annotations

import pytest
import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

from rlhf._latents import decode_latents, encode_latents, seeded_noise
from rlhf._prompts import PromptEncoder, overlong
from rlhf._rollout import (
    Denoiser,
    NotFinite,
    rollout_scheduler,
    training_scheduler,
    truncated_rollout,
)

SIZE_PX = 32


@pytest.fixture
def pipeline(profile) -> StableDiffusionXLPipeline:
    loaded = StableDiffusionXLPipeline.from_pretrained(profile.painter, add_watermarker=False)
    loaded.set_progress_bar_config(disable=True)
    return loaded


def _rollout(pipeline, *, last_step, gradient_steps=1, guidance=1.0, steps=4, noise=None):
    prompts = PromptEncoder(pipeline, are_frozen=True)
    noise = _noise() if noise is None else noise
    denoiser = Denoiser(
        pipeline.unet,
        prompts(["blue ocean"] * len(noise)),
        prompts([None] * len(noise)) if guidance > 1 else None,
        guidance,
        SIZE_PX,
    )
    return truncated_rollout(
        denoiser,
        rollout_scheduler(pipeline.scheduler, steps),
        noise,
        last_step=last_step,
        gradient_steps=gradient_steps,
    )


def _noise():
    return seeded_noise((1, 4, 8, 8), torch.Generator().manual_seed(0), torch.device("cpu"))


@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction"])
def test_rollout_ends_where_the_sampler_of_diffusers_ends(pipeline, prediction_type):
    pipeline.scheduler = EulerDiscreteScheduler.from_config(
        pipeline.scheduler.config, prediction_type=prediction_type
    )
    latents = _rollout(pipeline, last_step=3, guidance=2.0)
    pipeline.scheduler = rollout_scheduler(pipeline.scheduler, 4)
    expected = pipeline(
        "blue ocean",
        height=SIZE_PX,
        width=SIZE_PX,
        num_inference_steps=4,
        guidance_scale=2.0,
        latents=_noise(),
        output_type="latent",
    ).images
    # The last step of DDIM with alpha 1 at the end is the predicted clean picture itself.
    torch.testing.assert_close(latents, expected, atol=1e-4, rtol=1e-4)


def test_rollout_has_the_gradient_of_one_step_alone(pipeline):
    noise = _noise().requires_grad_()
    _rollout(pipeline, last_step=2, noise=noise).sum().backward()
    assert noise.grad is None  # The steps before ran without gradients.
    assert pipeline.unet.conv_in.weight.grad.abs().sum() > 0


def test_rollout_names_the_step_that_is_not_finite(pipeline):
    with torch.no_grad():
        pipeline.unet.conv_out.bias.fill_(float("nan"))
    with pytest.raises(NotFinite, match="the latents at rollout step 0"):
        _rollout(pipeline, last_step=2)
    with pytest.raises(NotFinite, match="the predicted picture at rollout step 0"):
        _rollout(pipeline, last_step=0)


def test_schedulers_leave_the_pipelines_own_alone(pipeline):
    before = dict(pipeline.scheduler.config)
    rollout_scheduler(pipeline.scheduler, 7)
    training_scheduler(pipeline.scheduler)
    assert isinstance(pipeline.scheduler, EulerDiscreteScheduler)
    assert dict(pipeline.scheduler.config) == before


def test_latents_honour_mean_and_std_of_the_vae(pipeline):
    plain = _noise()
    vae = pipeline.vae
    with torch.no_grad():
        images = decode_latents(vae, plain)
        encoded = encode_latents(vae, images.clamp(0, 1))
        vae.register_to_config(latents_mean=[0.5] * 4, latents_std=[2.0] * 4)
        scale = vae.config.scaling_factor
        shifted = (plain / scale - 0.5) / 2.0 * scale
        torch.testing.assert_close(decode_latents(vae, shifted), images, atol=1e-4, rtol=1e-4)
        expected = (encoded / scale - 0.5) / 2.0 * scale
        torch.testing.assert_close(encode_latents(vae, images.clamp(0, 1)), expected)


def test_latents_decode_as_the_pipeline_does(pipeline):
    pipeline.vae.register_to_config(latents_mean=[0.1, 0, 0, 0], latents_std=[1.5] * 4)
    arguments = {
        "prompt": "blue ocean",
        "height": SIZE_PX,
        "width": SIZE_PX,
        "num_inference_steps": 2,
        "latents": _noise(),
    }
    expected = pipeline(**arguments, output_type="pt").images
    latents = pipeline(**arguments, output_type="latent").images
    with torch.no_grad():
        torch.testing.assert_close(decode_latents(pipeline.vae, latents).clamp(0, 1), expected)


def test_prompts_are_those_of_the_pipeline(pipeline):
    states, _, pooled, _ = pipeline.encode_prompt("calm city", do_classifier_free_guidance=False)
    given = PromptEncoder(pipeline, are_frozen=True)(["blue ocean", "calm city"])
    torch.testing.assert_close(given.states[1:], states)
    torch.testing.assert_close(given.pooled[1:], pooled)


@pytest.mark.parametrize("are_frozen", [True, False])
def test_prompts_keep_their_order_however_often_they_are_asked_for(pipeline, are_frozen):
    prompts = PromptEncoder(pipeline, are_frozen=are_frozen)
    alone = {name: prompts([name]) for name in ("blue ocean", "calm city", None)}

    asked = ["calm city", None, "blue ocean", "calm city", None]
    given = prompts(asked)

    torch.testing.assert_close(given.states, torch.cat([alone[name].states for name in asked]))
    torch.testing.assert_close(given.pooled, torch.cat([alone[name].pooled for name in asked]))
    assert not torch.equal(alone["calm city"].states, alone["blue ocean"].states)
    assert given.states.requires_grad != are_frozen


def test_overlong_prompts_are_told_with_what_is_cut(pipeline):
    long = "ocean " * 75 + "golden light"
    assert overlong(pipeline, [long, "ocean"]) == {long: "golden light"}
