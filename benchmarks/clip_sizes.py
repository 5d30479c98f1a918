"""CLIP-ViT-H-14 as LAION published it, by its public configuration, with random weights.

Nothing is downloaded: what the configuration of that repository says stands here. PickScore is the
same architecture. A test compares the number of parameters with the known one.
"""

from __future__ import annotations

from typing import Any

from transformers import CLIPConfig

TEXT: dict[str, Any] = {
    "vocab_size": 49_408,
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "max_position_embeddings": 77,
    "hidden_act": "gelu",
}
VISION: dict[str, Any] = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 16,
    "image_size": 224,
    "patch_size": 14,
    "hidden_act": "gelu",
}
PROJECTION = 1024


def clip_h(end_id: int) -> CLIPConfig:
    """end_id: of the tokenizer that goes with it; which one it is changes no measure."""
    return CLIPConfig(
        text_config=TEXT | {"bos_token_id": 0, "eos_token_id": end_id, "pad_token_id": end_id},
        vision_config=VISION,
        projection_dim=PROJECTION,
    )
