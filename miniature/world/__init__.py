"""The world: a seeded generator of music, captions and pictures with shared hidden attributes.

    triple = make_triple(seed, index)
    triple.picture, triple.samples, triple.caption, triple.latents

Nothing here needs torch. Light to import: the names below load their module when first used.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "Latents": "latents",
    "Triple": "triples",
    "compose": "music",
    "draw_picture": "pictures",
    "make_triple": "triples",
    "nearest_mood": "vocabulary",
    "plain_prompt": "texts",
    "render": "synthesiser",
    "sample_latents": "latents",
    "triple_seed": "latents",
    "varied_prompt": "texts",
    "write_caption": "texts",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
