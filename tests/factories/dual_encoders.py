"""A random-weight CLIPModel with its tokenizer and processor, small enough for a test."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import CLIPConfig, CLIPModel, CLIPProcessor
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from tests.factories.painters import tiny_tokenizer

_SIZE_PX = 32


def tiny_clip(folder: Path, seed: int = 0) -> Path:
    """Save a CLIPModel of about 0.03 M random parameters; equal seeds give equal weights."""
    tokenizer = tiny_tokenizer()
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
             "num_attention_heads": 2}  # fmt: skip
    config = CLIPConfig(
        text_config=tower | {
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 77,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config=tower | {"image_size": _SIZE_PX, "patch_size": 8},
        projection_dim=8,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = CLIPModel(config)
    model.save_pretrained(folder)
    images = CLIPImageProcessorPil(
        size={"shortest_edge": _SIZE_PX}, crop_size={"height": _SIZE_PX, "width": _SIZE_PX}
    )
    CLIPProcessor(image_processor=images, tokenizer=tokenizer).save_pretrained(folder)
    return folder
