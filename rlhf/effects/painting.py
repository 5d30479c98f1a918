"""Pictures of the hall by one painter after another, each painted once and kept whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from cluster_sampling.embedder import Embedder
from generation.adapters import AdapterChoice
from generation.painter import Painter, load_painter
from rlhf.devices import Device
from rlhf.effects.hall import Task
from workbench.errors import RunFailed
from workbench.files import whole_file
from workbench.profiles import Profile
from workbench.run_folder import RunFolder


@dataclass(frozen=True)
class Painting:
    """The pictures of one painter. Letters in shapes: n pictures, h and w pixels, v level width."""

    pictures: NDArray[np.uint8]
    """(n, h, w, 3) RGB."""
    levels: NDArray[np.float32]
    """(n, v) what reward models read of them; the last columns are the embedding."""


class Easel(NamedTuple):
    """What all painting of a run shares."""

    run: RunFolder
    profile: Profile
    embedder: Embedder
    batch: int
    device: Device

    def painting(
        self, name: str, tasks: Sequence[Task], adapters: Sequence[AdapterChoice]
    ) -> Painting:
        """The pictures of `tasks` by the base with `adapters`; painted once by name.

        No adapters are the base itself; adapters of weight 0 are loaded and turned off.
        """
        if not _place(self.run, name).is_file():
            self._paint(name, tasks, adapters)
        return kept_painting(self.run, name)

    def _paint(self, name: str, tasks: Sequence[Task], adapters: Sequence[AdapterChoice]) -> None:
        painted = self._painter(adapters).paint(
            [task.prompt for task in tasks],
            [task.seed for task in tasks],
            steps=self.profile.steps,
            guidance=self.profile.guidance,
            size_px=self.profile.size_px,
            batch=self.batch,
        )
        try:
            shown = list(self.run.track(painted, stage=f"paint {name}", total=len(tasks)))
        except torch.cuda.OutOfMemoryError:
            raise RunFailed(
                f"the GPU has too little memory for {self.batch} pictures at once; set --batch to "
                "half of that, which paints the same"
            ) from None
        levels = self.embedder.embed_image_levels(shown)
        pictures = np.stack([np.asarray(picture) for picture in shown])
        with whole_file(_place(self.run, name)) as partial:
            np.savez(partial, pictures=pictures, levels=levels)

    def _painter(self, adapters: Sequence[AdapterChoice]) -> Painter:
        painter = load_painter(self.profile, device=self.device)
        painter.add_adapters(adapters, accept_foreign=False)
        if any(choice.weight for choice in adapters):
            # Merged into the weights they paint the same in half of the time.
            painter.pipeline.fuse_lora()
        for part in (painter.pipeline.unet, painter.pipeline.vae):
            part.to(memory_format=torch.channels_last)  # Nearly halves it again on CPUs.
        return painter


def kept_painting(run: RunFolder, name: str) -> Painting:
    """A painting that is finished."""
    # Opened here, so that it is closed also when a signal comes while numpy reads.
    with _place(run, name).open("rb") as file, np.load(file, allow_pickle=False) as content:
        return Painting(content["pictures"], content["levels"])


def _place(run: RunFolder, name: str) -> Path:
    return run.path(f"paintings/{name}.npz")
