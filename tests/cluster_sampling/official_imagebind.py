"""The published model as the tests need it: names and shapes of its tensors, and what it computes.

Written from the description of the architecture; attention is torch's own
`multi_head_attention_forward`, not ours.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from cluster_sampling.imagebind_config import ImageBindConfig

Shapes = dict[str, tuple[int, ...]]

_THEIR_TOWER = {"image": "vision", "audio": "audio", "text": "text"}


def official_shapes(config: ImageBindConfig) -> Shapes:
    """Name -> shape of every tensor of the state dict, the left-out towers by one each."""
    out = config.embedding_width
    audio, image, text = config.audio_sizes, config.image_sizes, config.text_sizes
    return {
        "modality_preprocessors.vision.cls_token": (1, 1, image.width),
        "modality_preprocessors.vision.rgbt_stem.proj.1.weight": (
            *(image.width, 3, image.repeats),
            *(image.patch, image.patch),
        ),
        "modality_preprocessors.vision.pos_embedding_helper.pos_embed": (
            *(1, 1 + image.patches),
            image.width,
        ),
        **_norm("modality_trunks.vision.pre_transformer_layer.0", image.width),
        **_blocks("vision", image.width, image.depth),
        **_norm("modality_heads.vision.0", image.width),
        "modality_heads.vision.2.weight": (out, image.width),
        "modality_preprocessors.audio.cls_token": (1, 1, audio.width),
        "modality_preprocessors.audio.rgbt_stem.proj.weight": (
            *(audio.width, 1),
            *(audio.patch, audio.patch),
        ),
        **_norm("modality_preprocessors.audio.rgbt_stem.norm_layer", audio.width),
        "modality_preprocessors.audio.pos_embedding_helper.pos_embed": (
            *(1, 1 + audio.patches),
            audio.width,
        ),
        **_blocks("audio", audio.width, audio.depth, has_bias_kv=True),
        **_norm("modality_heads.audio.0", audio.width),
        "modality_heads.audio.2.weight": (out, audio.width),
        "modality_postprocessors.audio.1.log_logit_scale": (),
        "modality_preprocessors.text.pos_embed": (1, text.context, text.width),
        "modality_preprocessors.text.mask": (text.context, text.context),
        "modality_preprocessors.text.token_embedding.weight": (text.vocabulary, text.width),
        **_blocks("text", text.width, text.depth),
        **_norm("modality_heads.text.proj.0", text.width),
        "modality_heads.text.proj.1.weight": (out, text.width),
        "modality_postprocessors.text.1.log_logit_scale": (),
        "modality_preprocessors.depth.cls_token": (1, 1, 384),
        "modality_trunks.thermal.blocks.0.norm_1.weight": (768,),
        "modality_preprocessors.imu.imu_stem.proj.weight": (512, 48),
        "modality_postprocessors.imu.1.log_logit_scale": (),
    }


def official_tensors(config: ImageBindConfig, seed: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {
        name: 0.3 * torch.randn(shape, generator=generator)
        for name, shape in official_shapes(config).items()
    }


def official_output(
    tensors: dict[str, Tensor], config: ImageBindConfig, tower: str, given: Tensor
) -> Tensor:
    """The scaled output of one tower, "image", "audio" (one window each) or "text"."""
    theirs = _THEIR_TOWER[tower]
    sizes = {
        "image": config.image_sizes,
        "audio": config.audio_sizes,
        "text": config.text_sizes,
    }[tower]
    tokens, mask = _tokens(tensors, config, theirs, given)
    for number in range(sizes.depth):
        tokens = _block(tensors, f"modality_trunks.{theirs}.blocks.{number}", tokens, sizes, mask)
    if theirs == "text":
        at_end = tokens[torch.arange(len(given)), given.argmax(dim=-1)]
        head = _normed(tensors, "modality_heads.text.proj.0", at_end)
        features = head @ tensors["modality_heads.text.proj.1.weight"].T
    else:
        head = _normed(tensors, f"modality_heads.{theirs}.0", tokens)[:, 0]
        features = head @ tensors[f"modality_heads.{theirs}.2.weight"].T
    scale = tensors.get(f"modality_postprocessors.{theirs}.1.log_logit_scale", torch.zeros(()))
    return F.normalize(features, dim=-1) * scale.exp().clamp(max=100)


def _tokens(
    tensors: dict[str, Tensor], config: ImageBindConfig, tower: str, given: Tensor
) -> tuple[Tensor, Tensor | None]:
    place = f"modality_preprocessors.{tower}"
    if tower == "text":
        embedded = tensors[f"{place}.token_embedding.weight"][given]
        length = config.text_sizes.context
        mask = torch.full((length, length), -math.inf).triu(1)
        return embedded + tensors[f"{place}.pos_embed"], mask
    if tower == "vision":
        weight = tensors[f"{place}.rgbt_stem.proj.1.weight"]
        video = torch.stack([given] * config.image_sizes.repeats, dim=2)
        patches = F.conv3d(video, weight, stride=weight.shape[2:]).flatten(2).mT
    else:
        weight = tensors[f"{place}.rgbt_stem.proj.weight"]
        patches = F.conv2d(given, weight, stride=config.audio_sizes.stride).flatten(2).mT
        patches = _normed(tensors, f"{place}.rgbt_stem.norm_layer", patches, eps=1e-5)
    start = tensors[f"{place}.cls_token"].repeat(len(given), 1, 1)
    tokens = torch.cat([start, patches], dim=1)
    tokens = tokens + tensors[f"{place}.pos_embedding_helper.pos_embed"]
    if tower == "vision":
        tokens = _normed(tensors, "modality_trunks.vision.pre_transformer_layer.0", tokens)
    return tokens, None


def _block(
    tensors: dict[str, Tensor], place: str, tokens: Tensor, sizes, mask: Tensor | None
) -> Tensor:
    query = _normed(tensors, f"{place}.norm_1", tokens).transpose(0, 1)
    attended, _ = F.multi_head_attention_forward(
        *(query, query, query, sizes.width, sizes.heads),
        tensors[f"{place}.attn.in_proj_weight"],
        tensors[f"{place}.attn.in_proj_bias"],
        tensors.get(f"{place}.attn.bias_k"),
        tensors.get(f"{place}.attn.bias_v"),
        False,
        0.0,
        tensors[f"{place}.attn.out_proj.weight"],
        tensors[f"{place}.attn.out_proj.bias"],
        need_weights=False,
        attn_mask=mask,
    )
    tokens = tokens + attended.transpose(0, 1)
    wide = F.linear(
        _normed(tensors, f"{place}.norm_2", tokens),
        tensors[f"{place}.mlp.fc1.weight"],
        tensors[f"{place}.mlp.fc1.bias"],
    )
    return tokens + F.linear(
        F.gelu(wide), tensors[f"{place}.mlp.fc2.weight"], tensors[f"{place}.mlp.fc2.bias"]
    )


def _normed(tensors: dict[str, Tensor], place: str, values: Tensor, eps: float = 1e-6) -> Tensor:
    weight, bias = tensors[f"{place}.weight"], tensors[f"{place}.bias"]
    return F.layer_norm(values, weight.shape, weight, bias, eps)


def _blocks(tower: str, width: int, depth: int, *, has_bias_kv: bool = False) -> Shapes:
    shapes: Shapes = {}
    for number in range(depth):
        place = f"modality_trunks.{tower}.blocks.{number}"
        shapes |= {
            f"{place}.attn.in_proj_weight": (3 * width, width),
            f"{place}.attn.in_proj_bias": (3 * width,),
            f"{place}.attn.out_proj.weight": (width, width),
            f"{place}.attn.out_proj.bias": (width,),
            **_norm(f"{place}.norm_1", width),
            f"{place}.mlp.fc1.weight": (4 * width, width),
            f"{place}.mlp.fc1.bias": (4 * width,),
            f"{place}.mlp.fc2.weight": (width, 4 * width),
            f"{place}.mlp.fc2.bias": (width,),
            **_norm(f"{place}.norm_2", width),
        }
        if has_bias_kv:
            shapes |= {
                f"{place}.attn.bias_k": (1, 1, width),
                f"{place}.attn.bias_v": (1, 1, width),
            }
    return shapes


def _norm(place: str, width: int) -> Shapes:
    return {f"{place}.weight": (width,), f"{place}.bias": (width,)}
