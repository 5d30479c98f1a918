"""Embeddings of clips and images in one space, clusters of clips, and triplets from them (3.4)."""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "Embedder": "cluster_sampling.embedder",
    "load_embedder": "cluster_sampling.embedder",
    "save_embedder": "cluster_sampling.embedder",
    "ImageBind": "cluster_sampling.imagebind",
    "ImageBindConfig": "cluster_sampling.imagebind_config",
    "train_tokenizer": "cluster_sampling.tokenizer",
}

__all__ = [
    "Embedder",
    "ImageBind",
    "ImageBindConfig",
    "load_embedder",
    "save_embedder",
    "train_tokenizer",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
