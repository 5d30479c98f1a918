"""A random-weight StableDiffusionXLPipeline small enough to be built inside a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
)

_HIDDEN = 16
_TIME_EMBED = 8
_WORDS = (
    *("ocean", "city", "forest", "mountains", "blue", "golden", "violet", "palette", "soft"),
    *("bright", "light", "balanced", "composition", "smooth", "texture", "calm", "happy", "mood"),
)
_START, _END = "<|startoftext|>", "<|endoftext|>"


def tiny_painter(folder: Path, seed: int = 0, *, size_px: int = 32) -> Path:
    """Save a painter of about 0.2M random parameters (VAE f4, so latents are size_px / 4).

    The folder loads as `StableDiffusionXLPipeline`; equal seeds give equal files.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pipeline = _pipeline(size_px)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.save_pretrained(folder)
    return folder


def _pipeline(size_px: int) -> StableDiffusionXLPipeline:
    return StableDiffusionXLPipeline(
        vae=_vae(size_px),
        text_encoder=CLIPTextModel(_text_config()),
        text_encoder_2=CLIPTextModelWithProjection(_text_config()),
        tokenizer=tiny_tokenizer(),
        tokenizer_2=tiny_tokenizer(),
        unet=_unet(size_px),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"
        ),
        force_zeros_for_empty_prompt=False,
        add_watermarker=False,
    )


def tiny_tokenizer() -> CLIPTokenizer:
    """Every character, and the words of a prompt as one token each."""
    letters = [chr(code) for code in range(33, 127)]
    symbols = [*letters, *(letter + "</w>" for letter in letters)]
    merges = list(dict.fromkeys(pair for word in _WORDS for pair in _merges_of(word)))
    vocabulary = [*symbols, *dict.fromkeys("".join(pair) for pair in merges), _START, _END]
    return CLIPTokenizer(
        vocab={token: number for number, token in enumerate(vocabulary)},
        merges=merges,
        unk_token=_END,
        model_max_length=77,
    )


def _merges_of(word: str) -> Iterator[tuple[str, str]]:
    """The BPE merges that join `word` from left to right."""
    letters = [*word[:-1], word[-1] + "</w>"]
    for length in range(1, len(letters)):
        yield "".join(letters[:length]), letters[length]


def _text_config() -> CLIPTextConfig:
    tokenizer = tiny_tokenizer()
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=_HIDDEN,
        intermediate_size=2 * _HIDDEN,
        projection_dim=_HIDDEN,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=77,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def _unet(size_px: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=size_px // 4,
        in_channels=4,
        out_channels=4,
        block_out_channels=(16, 32),
        layers_per_block=1,
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        cross_attention_dim=2 * _HIDDEN,
        addition_embed_type="text_time",
        addition_time_embed_dim=_TIME_EMBED,
        projection_class_embeddings_input_dim=_HIDDEN + 6 * _TIME_EMBED,
    )


def _vae(size_px: int) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        norm_num_groups=8,
        latent_channels=4,
        mid_block_add_attention=False,
        sample_size=size_px,
    )
