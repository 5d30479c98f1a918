"""The drawn pictures that the recipes learn from, kept in one file of the run folder.

Triples are told apart by (seed, index); HELD_OUT is added to a recipe's seed for what it measures.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from miniature.world.latents import Latents, sample_latents, triple_seed
from miniature.world.pictures import SIZE_PX, draw_picture
from workbench.files import whole_file
from workbench.run_folder import RunFolder

HELD_OUT = 1_000_003


def world_latents(count: int, seed: int) -> list[Latents]:
    """The first `count` points of the world `seed`."""
    return [sample_latents(triple_seed(seed, index)) for index in range(count)]


def drawn_pictures(
    run: RunFolder, points: list[Latents], *, name: str = "pictures"
) -> NDArray[np.uint8]:
    """Pictures (n, 64, 64, 3) uint8 of all points, drawn once per run folder."""
    path = run.path(f"{name}.npy")
    if not path.is_file():
        _draw_all(run, points, path)
    pictures: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return pictures


def _draw_all(run: RunFolder, points: list[Latents], path: Path) -> None:
    with whole_file(path) as partial:
        shape = (len(points), SIZE_PX, SIZE_PX, 3)
        kept = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)
        drawn = run.track(map(draw_picture, points), stage="drawing", total=len(points))
        for index, picture in enumerate(drawn):
            kept[index] = picture
        kept.flush()
