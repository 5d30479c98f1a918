"""Which weights of a backbone learn besides the heads: none, LoRA, or those of the last blocks.

The music's tower never does. Of CLIP and ImageBind alike, a tower is a stack of blocks with a norm
and a projection at its end.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from cluster_sampling.imagebind import ImageBind
from rlhf._clip_towers import ClipTowers
from rlhf._reward_config import RewardModelConfig
from workbench.errors import BadInput

# The linear layers of attention: CLIP's, and ImageBind's.
_LORA_TARGETS = ["q_proj", "k_proj", "v_proj", "out_proj", "query_key_value", "out"]
_LORA = "lora_"


class Tower(NamedTuple):
    """A tower that may learn."""

    sees: Literal["image", "text"]
    blocks: nn.ModuleList
    ends: list[nn.Module]
    """Its last norm and projection."""


def towers_of(model: ClipTowers | ImageBind) -> list[Tower]:
    """model: what an `Embedder` holds. Those of pictures and of text."""
    if isinstance(model, ClipTowers):
        image, text = model.clip.vision_model, model.clip.text_model
        return [
            Tower("image", image.encoder.layers,
                  [image.post_layernorm, model.clip.visual_projection]),
            Tower("text", text.encoder.layers,
                  [text.final_layer_norm, model.clip.text_projection]),
        ]  # fmt: skip
    return [
        Tower("image", model.image.blocks, [model.image.head]),
        Tower("text", model.text.blocks, [model.text.head]),
    ]


def learning_parameters(
    model: ClipTowers | ImageBind, config: RewardModelConfig
) -> dict[str, nn.Parameter]:
    """Those of `model` that `config` lets learn, by name, all frozen as yet; LoRA is put in.

    What stays frozen beside them is stored in the precision of `config`. Raises BadInput when more
    blocks are to learn than there are.
    """
    learning: set[nn.Parameter] = set()
    for tower in towers_of(model):
        if config.learns in ("both", tower.sees):
            learning |= set(_LEARNING[config.unfrozen](tower, config))
    model.requires_grad_(False)
    if learning and config.precision == "bf16":
        for parameter in model.parameters():
            if parameter not in learning:
                parameter.data = parameter.data.to(torch.bfloat16)
    return {name: each for name, each in model.named_parameters() if each in learning}


def recompute_blocks(model: ClipTowers | ImageBind) -> None:
    """Keep of a block's activations only what goes in; the rest is computed again going back."""
    for tower in towers_of(model):
        for block in tower.blocks:
            block.forward = partial(_recomputed, block.forward)


def _nothing(tower: Tower, config: RewardModelConfig) -> list[nn.Parameter]:
    return []


def _lora(tower: Tower, config: RewardModelConfig) -> list[nn.Parameter]:
    from peft import LoraConfig, inject_adapter_in_model  # noqa: PLC0415  only LoRA needs it

    low_rank = LoraConfig(
        r=config.lora_rank, lora_alpha=config.lora_rank, target_modules=_LORA_TARGETS
    )
    inject_adapter_in_model(low_rank, tower.blocks)
    return [each for name, each in tower.blocks.named_parameters() if _LORA in name]


def _last(tower: Tower, config: RewardModelConfig) -> list[nn.Parameter]:
    count, depth = config.last_blocks, len(tower.blocks)
    if count > depth:
        raise BadInput(
            f"last_blocks = {count} are more than the {depth} blocks of the {tower.sees} tower; "
            f"unfreeze {depth} of them at most"
        )
    modules = [*tower.blocks[-count:], *tower.ends]
    return [parameter for module in modules for parameter in module.parameters()]


_LEARNING: dict[str, Callable[[Tower, RewardModelConfig], list[nn.Parameter]]] = {
    "none": _nothing,
    "lora": _lora,
    "last": _last,
}


def _recomputed(forward: Callable[..., Tensor], *inputs: Any, **named: Any) -> Tensor:
    if not torch.is_grad_enabled():
        return forward(*inputs, **named)
    result: Tensor = checkpoint(forward, *inputs, use_reentrant=False, **named)
    return result
