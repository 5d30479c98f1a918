"""Random LoRA adapters for the tiny painter, with any header."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import StableDiffusionXLPipeline
from peft import LoraConfig, get_peft_model_state_dict
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from generation.adapters import ADAPTER_FILE


def tiny_adapter(folder: Path, painter: Path, *, seed: int = 0, **header: str) -> Path:
    """Save a rank-2 LoRA of the UNet's attention that changes the pictures visibly."""
    pipeline = StableDiffusionXLPipeline.from_pretrained(painter, local_files_only=True)
    targets = ["to_q", "to_k", "to_v", "to_out.0"]
    pipeline.unet.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=targets))
    generator = torch.Generator().manual_seed(seed)
    for name, weight in pipeline.unet.named_parameters():
        if "lora" in name:
            weight.data = 0.5 * torch.randn(weight.shape, generator=generator)
    layers = get_peft_model_state_dict(pipeline.unet)
    StableDiffusionXLPipeline.save_lora_weights(folder, unet_lora_layers=layers)
    path = folder / ADAPTER_FILE
    with safe_open(path, framework="pt") as file:
        own = dict(file.metadata() or {})
    save_file(load_file(path), path, metadata={**own, **header})
    return folder
