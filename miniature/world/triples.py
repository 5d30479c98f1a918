"""Whole triples: what one index of a world looks, sounds and reads like."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from miniature.world.latents import Latents, sample_latents, triple_seed
from miniature.world.music import Score, compose
from miniature.world.pictures import draw_picture
from miniature.world.synthesiser import render
from miniature.world.texts import varied_prompt, write_caption


class Triple(NamedTuple):
    """One piece of music with its caption and its picture, and what is true of all three.

    samples: mono float32 at 16 kHz, within [-1, 1]. picture: uint8 RGB (64, 64, 3).
    """

    latents: Latents
    score: Score
    samples: NDArray[np.float32]
    caption: str
    prompt: str
    picture: NDArray[np.uint8]


def make_triple(seed: int, index: int, *, duration_s: float = 6.0) -> Triple:
    """Triple `index` of the world `seed`; equal arguments give equal triples.

    `duration_s` is about what the music lasts, in whole bars, 2 to 8 s.
    Raises ValueError for a duration outside of it.
    """
    if not 2.0 <= duration_s <= 8.0:
        raise ValueError(f"music of the world lasts 2 to 8 s, not {duration_s}")
    rng = triple_seed(seed, index)
    latents = sample_latents(rng)
    score = compose(latents, duration_s=duration_s)
    return Triple(
        latents=latents,
        score=score,
        samples=render(score),
        caption=write_caption(latents, rng),
        prompt=varied_prompt(latents, rng),
        picture=draw_picture(latents),
    )
