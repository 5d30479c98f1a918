"""Embeddings of clips and images in one space, clusters of clips, and triplets from them (3.4)."""

from __future__ import annotations

from workbench.lazy_names import lazy_names

_HOMES = {
    "Embedder": "embedder",
    "load_embedder": "embedder",
    "save_embedder": "embedder",
    "ImageBind": "imagebind",
    "ImageBindConfig": "imagebind_config",
    "train_tokenizer": "tokenizer",
}

__all__ = [
    "Embedder",
    "ImageBind",
    "ImageBindConfig",
    "load_embedder",
    "save_embedder",
    "train_tokenizer",
]

__getattr__ = lazy_names(__name__, _HOMES)
