"""The LoRA of one axis: where it goes, how it is saved with its lineage.

Saved adapters are the diffusers format: `pipeline.load_lora_weights(folder)` needs no code of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionXLPipeline
from diffusers.training_utils import cast_training_params
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from rlhf.refine_settings import Adapted, RefineSettings
from workbench.files import whole_file

WEIGHTS_NAME = "pytorch_lora_weights.safetensors"

_ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
_TRANSFORMER = [*_ATTENTION, "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out"]
_UNET = [*_TRANSFORMER, "conv1", "conv2", "conv_shortcut", "time_emb_proj"]
_TARGETS: dict[Adapted, list[str]] = {
    "attention": _ATTENTION,
    "transformer": _TRANSFORMER,
    "unet": _UNET,
}
_TEXT_TARGETS = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]


def add_adapter(
    pipeline: StableDiffusionXLPipeline, settings: RefineSettings
) -> list[nn.Parameter]:
    """Add a fresh LoRA named after the axis, freeze all else, and return its float32 weights.

    As B starts at zero, the painter paints as before until the first optimizer step.
    """
    torch.manual_seed(settings.seed)
    for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder, pipeline.text_encoder_2):
        part.requires_grad_(False)
    for name, module in _adapted_parts(pipeline, settings.adapt_text_encoders):
        targets = _TARGETS[settings.adapted] if name == "unet" else _TEXT_TARGETS
        config = LoraConfig(
            r=settings.rank,
            lora_alpha=settings.rank,
            target_modules=targets,
            exclude_modules=_unread_layer(module) if name == "text_encoder" else None,
            init_lora_weights="gaussian",
        )
        module.add_adapter(config, adapter_name=settings.axis)
        cast_training_params(module, torch.float32)
    if settings.compile_blocks:
        # Not before the adapter is there: what is compiled is what is in the blocks.
        compile_blocks(pipeline)
    return adapter_parameters(pipeline)


def compile_blocks(pipeline: StableDiffusionXLPipeline) -> None:
    """Compile the repeated blocks of the UNet, each the first time that it is used in some way.

    There are more ways than torch expects: two widths, with and without gradients, with and
    without adapter, one picture or more.
    """
    torch._dynamo.config.recompile_limit = max(64, torch._dynamo.config.recompile_limit)
    pipeline.unet.compile_repeated_blocks()


def adapter_parameters(pipeline: StableDiffusionXLPipeline) -> list[nn.Parameter]:
    """The trainable weights, in a stable order."""
    parts = (pipeline.unet, pipeline.text_encoder, pipeline.text_encoder_2)
    return [p for part in parts for p in part.parameters() if p.requires_grad]


@contextmanager
def without_adapter(
    pipeline: StableDiffusionXLPipeline, *, with_text_encoders: bool
) -> Iterator[None]:
    """The base painter for the time of the block, without gradients: a free reference model."""
    parts = [part for _, part in _adapted_parts(pipeline, with_text_encoders)]
    for part in parts:
        part.disable_adapters()
    try:
        with torch.no_grad():
            yield
    finally:
        for part in parts:
            part.enable_adapters()


def save_adapter(
    pipeline: StableDiffusionXLPipeline,
    folder: Path,
    settings: RefineSettings,
    lineage: Mapping[str, str],
) -> Path:
    """Write pytorch_lora_weights.safetensors into `folder`, with `lineage` in its metadata."""
    layers: dict[str, Any] = {}
    for name, module in _adapted_parts(pipeline, settings.adapt_text_encoders):
        # In peft's own names: the older ones of diffusers lose the attention on loading when
        # convolutions are adapted too.
        state = get_peft_model_state_dict(module, adapter_name=settings.axis)
        layers[f"{name}_lora_layers"] = state
        layers[f"{name}_lora_adapter_metadata"] = module.peft_config[settings.axis].to_dict()
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / WEIGHTS_NAME) as partial:
        pipeline.save_lora_weights(partial.parent, weight_name=partial.name, **layers)
        _add_metadata(partial, lineage)
    return folder / WEIGHTS_NAME


def read_lineage(folder: Path) -> dict[str, str]:
    """Metadata of a saved adapter: axis, reward_model, snapshot, base_painter and the library's."""
    with safe_open(folder / WEIGHTS_NAME, framework="pt") as weights:
        return dict(weights.metadata() or {})


def _unread_layer(text_encoder: Any) -> str:
    """SDXL reads its first text encoder before the last layer, which can thus learn nothing."""
    return rf".*\.layers\.{text_encoder.config.num_hidden_layers - 1}\..*"


def _add_metadata(path: Path, facts: Mapping[str, str]) -> None:
    with safe_open(path, framework="pt") as weights:
        metadata = weights.metadata() or {}
    save_file(load_file(path), path, metadata={**metadata, **facts})


def _adapted_parts(
    pipeline: StableDiffusionXLPipeline, with_text_encoders: bool
) -> Iterator[tuple[str, Any]]:
    yield "unet", pipeline.unet
    if with_text_encoders:
        yield "text_encoder", pipeline.text_encoder
        yield "text_encoder_2", pipeline.text_encoder_2
