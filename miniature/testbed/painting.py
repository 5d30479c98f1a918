"""Pictures of the testbed: candidates to judge, and exhibitions to measure on.

Painters that are compared get the same prompts and the same noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.adapters import AdapterChoice
from generation.painter import load_painter
from miniature.testbed.clips import WorldClip, noise_seed
from workbench.errors import BadInput
from workbench.files import whole_folder
from workbench.manifests import ImageEntry, write_manifest
from workbench.profiles import Profile
from workbench.run_folder import RunFolder

MANIFEST = "images.jsonl"
BASE = "base"

Pictures = NDArray[np.uint8]


class Task(NamedTuple):
    """One picture to paint."""

    prompt: str
    seed: int


class Atelier(NamedTuple):
    """What all painting of a testbed run shares."""

    run: RunFolder
    profile: Profile
    batch: int

    def paint(
        self, tasks: Sequence[Task], adapter: AdapterChoice | None, *, stage: str
    ) -> Pictures:
        """Paint all tasks by the base painter or with one adapter: uint8 (n, h, w, 3)."""
        painter = load_painter(self.profile)
        if adapter:
            painter.add_adapters([adapter], accept_foreign=False)
            # Merged into the weights it paints the same in half of the time.
            painter.pipeline.fuse_lora()
        pictures = painter.paint(
            [task.prompt for task in tasks],
            [task.seed for task in tasks],
            steps=self.profile.steps,
            guidance=self.profile.guidance,
            size_px=self.profile.size_px,
            batch=self.batch,
        )
        shown = self.run.track(pictures, stage=stage, total=len(tasks))
        return np.stack([np.asarray(picture) for picture in shown])


def paint_candidates(
    atelier: Atelier,
    clips: Sequence[WorldClip],
    painters: Mapping[str, AdapterChoice | None],
    folder: Path,
    *,
    per_clip: int,
    number: int,
    seed: int,
) -> None:
    """Write `per_clip` pictures for each clip and their manifest, as the candidates of a round.

    The painters take turns, so that each paints about as many pictures and as many of each clip.
    """
    entries = list(_candidates(clips, list(painters), per_clip=per_clip, number=number, seed=seed))
    with whole_folder(folder) as partial:
        (partial / "pictures").mkdir()
        for name, adapter in painters.items():
            own = [entry for entry in entries if entry.painter == name]
            tasks = [Task(entry.prompt, entry.seed or 0) for entry in own]
            if not own:
                continue
            pictures = atelier.paint(tasks, adapter, stage=f"paint by {name}")
            for entry, picture in zip(own, pictures, strict=True):
                Image.fromarray(picture).save(partial / entry.image)
        write_manifest(partial / MANIFEST, entries)


def read_pictures(entries: Sequence[ImageEntry]) -> dict[str, Pictures]:
    """Pixels, uint8 (h, w, 3), of each picture by its id. Raises BadInput for a broken file."""
    pictures = {}
    for entry in entries:
        try:
            with Image.open(entry.image) as opened:
                pictures[entry.image_id] = np.asarray(opened.convert("RGB"))
        except OSError as error:
            raise BadInput(f"the picture {entry.image} is broken: {error}") from None
    return pictures


def evaluation_tasks(clips: Sequence[WorldClip], per_clip: int, seed: int) -> list[Task]:
    """`per_clip` tasks for each clip, one clip after the other; every other clip is told plainly.

    A clip has one prompt, so that its pictures show how much a painter varies within a prompt.
    """
    return [
        Task(clip.prompts[index % len(clip.prompts)], noise_seed(seed, clip.clip_id, number))
        for index, clip in enumerate(clips)
        for number in range(per_clip)
    ]


def _candidates(
    clips: Sequence[WorldClip], painters: Sequence[str], *, per_clip: int, number: int, seed: int
) -> Iterator[ImageEntry]:
    for index, clip in enumerate(clips):
        for turn in range(per_clip):
            image_id = f"{clip.clip_id}-r{number}-{turn}"
            yield ImageEntry(
                image_id=image_id,
                clip_id=clip.clip_id,
                image=Path(f"pictures/{image_id}.png"),
                painter=painters[(index + turn) % len(painters)],
                generation=number,
                prompt=clip.prompts[turn % len(clip.prompts)],
                seed=noise_seed(seed, clip.clip_id, number, turn),
            )
