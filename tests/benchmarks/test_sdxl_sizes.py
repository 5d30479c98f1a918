"""The full size on the meta device: no weight is ever made."""

from __future__ import annotations

import pytest
import torch
from diffusers import AutoencoderKL, StableDiffusionXLPipeline

from benchmarks.sdxl_sizes import full_size_pipeline
from rlhf._adapter import adapter_parameters, add_adapter
from rlhf._prompts import Conditioning
from rlhf._rollout import predict
from rlhf.refine_settings import RefineSettings
from tests.factories.painters import tiny_tokenizer


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionXLPipeline:
    with torch.device("meta"):
        return full_size_pipeline(tiny_tokenizer())


def test_parts_have_as_many_weights_as_the_real_ones(pipeline: StableDiffusionXLPipeline) -> None:
    parts = ("unet", "vae", "text_encoder", "text_encoder_2")
    counts = {name: sum(p.numel() for p in getattr(pipeline, name).parameters()) for name in parts}
    assert counts == {
        "unet": 2_567_463_684,
        "vae": 83_653_863,
        "text_encoder": 123_060_480,
        "text_encoder_2": 694_659_840,
    }


def test_unet_and_decoder_take_1024_px(pipeline: StableDiffusionXLPipeline) -> None:
    with torch.device("meta"), torch.no_grad():
        prompts = Conditioning(torch.empty(1, 77, 2048), torch.empty(1, 1280))
        latents, timestep = torch.empty(1, 4, 128, 128), torch.empty(1)
        said = predict(pipeline.unet, latents, timestep, prompts, 1024)
        vae: AutoencoderKL = pipeline.vae
        pictures = vae.decode(latents, return_dict=False)[0]
    assert (said.shape, pictures.shape) == ((1, 4, 128, 128), (1, 3, 1024, 1024))


# Torch's own, when its compiler is first imported.
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method`:DeprecationWarning")
def test_adapter_of_rank_16_is_where_it_belongs(pipeline: StableDiffusionXLPipeline) -> None:
    settings = RefineSettings(axis="emo", rank=16, adapt_text_encoders=False, compile_blocks=True)
    with torch.device("meta"):
        add_adapter(pipeline, settings)
    weights = adapter_parameters(pipeline)
    # 70 transformer blocks, two attentions each, four projections each, A and B.
    assert len(weights) == 70 * 2 * 4 * 2
    assert {weight.dtype for weight in weights} == {torch.float32}
    blocks = [m for m in pipeline.unet.modules() if type(m).__name__ == "BasicTransformerBlock"]
    assert len(blocks) == 70
    assert all(block._compiled_call_impl is not None for block in blocks)
