"""Pictures of the testbed: candidates to judge, and exhibitions to measure on.

Painters that are compared get the same prompts and the same noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.adapters import AdapterChoice
from generation.painter import load_painter
from miniature.testbed.clips import WorldClip, noise_seed
from workbench.errors import BadInput
from workbench.files import whole_file, whole_folder
from workbench.manifests import ImageEntry, write_manifest
from workbench.profiles import Profile
from workbench.run_folder import RunFolder

MANIFEST = "images.jsonl"
BASE = "base"

# Pictures of a part. The usual batches divide it, so that they are the same as without parts.
_PART = 160

Pictures = NDArray[np.uint8]


class Task(NamedTuple):
    """One picture to paint."""

    prompt: str
    seed: int


class Part(NamedTuple):
    """Candidates of one painter, from the `start`-th of its own on."""

    painter: str
    start: int
    tasks: list[Task]


class Atelier(NamedTuple):
    """What all work of a testbed run shares, in whichever process it is done."""

    run: RunFolder
    """Where this process tells how far it is."""
    profile: Profile
    batch: int
    show_progress: bool = False

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


def parts_of(entries: Sequence[ImageEntry]) -> Iterator[Part]:
    """Candidates in parts that can be painted in any order or at once, painter by painter."""
    for name in dict.fromkeys(str(entry.painter) for entry in entries):
        own = [
            Task(str(entry.prompt), entry.seed or 0) for entry in entries if entry.painter == name
        ]
        for start in range(0, len(own), _PART):
            yield Part(name, start, own[start : start + _PART])


def paint_part(
    path: Path, atelier: Atelier, *, tasks: Sequence[Task], adapter: AdapterChoice | None
) -> None:
    """Keep the pictures of a part in one .npz file."""
    with whole_file(path) as partial:
        np.savez(partial, pictures=atelier.paint(tasks, adapter, stage="paint candidates"))


def write_candidates(folder: Path, entries: Sequence[ImageEntry], parts: Sequence[Path]) -> None:
    """Write the pictures that `parts` hold, in the order of `parts_of(entries)`, and a manifest."""
    painted = [picture for part in parts for picture in _read_part(part)]
    names = dict.fromkeys(entry.painter for entry in entries)
    in_order = [entry for name in names for entry in entries if entry.painter == name]
    with whole_folder(folder) as partial:
        (partial / "pictures").mkdir()
        for entry, picture in zip(in_order, painted, strict=True):
            Image.fromarray(picture).save(partial / entry.image)
        write_manifest(partial / MANIFEST, entries)


def _read_part(path: Path) -> Pictures:
    with np.load(path, allow_pickle=False) as content:
        pictures: Pictures = content["pictures"]
    return pictures


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


def candidates(
    clips: Sequence[WorldClip], painters: Sequence[str], *, per_clip: int, number: int, seed: int
) -> list[ImageEntry]:
    """`per_clip` pictures for each clip, yet to be painted, as the candidates of a round.

    The painters take turns, so that each paints about as many pictures and as many of each clip.
    """
    return [
        _candidate(clip, turn, painters[(index + turn) % len(painters)], number, seed)
        for index, clip in enumerate(clips)
        for turn in range(per_clip)
    ]


def _candidate(clip: WorldClip, turn: int, painter: str, number: int, seed: int) -> ImageEntry:
    image_id = f"{clip.clip_id}-r{number}-{turn}"
    return ImageEntry(
        image_id=image_id,
        clip_id=clip.clip_id,
        image=Path(f"pictures/{image_id}.png"),
        painter=painter,
        generation=number,
        prompt=clip.prompts[turn % len(clip.prompts)],
        seed=noise_seed(seed, clip.clip_id, number, turn),
    )
