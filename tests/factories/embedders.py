"""A random-weight ImageBind folder small enough to be built inside a test."""

from __future__ import annotations

from pathlib import Path

import torch

from cluster_sampling.embedder import save_embedder
from cluster_sampling.imagebind import ImageBind
from cluster_sampling.imagebind_config import ImageBindConfig
from cluster_sampling.tokenizer import END_ID, train_tokenizer

_TEXTS = ["calm piano by the sea", "a fast violin over the city", "happy drums in a forest"]


def tiny_embedder(folder: Path, seed: int = 0, *, size_px: int = 32) -> Path:
    """Save an embedder of about 0.1 M random parameters and 32 dimensions.

    The folder opens with `load_embedder`; equal seeds give equal weights.
    """
    config = ImageBindConfig.mini(vocabulary=300, end_id=END_ID, size_px=size_px, width=32)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ImageBind(config)
    save_embedder(folder, model, train_tokenizer(_TEXTS, vocabulary=300))
    return folder
