"""Votes of the testbed as preference snapshots, the only thing that the learner gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from miniature.testbed.clips import WorldClip
from workbench.axes import AXES, Axis
from workbench.files import sha256_of_file, whole_folder
from workbench.manifests import ImageEntry
from workbench.snapshot_writing import Tables, link_medium, pairs_by_split, seal, write_tables
from workbench.snapshots import SPLITS, Split, Vote, assign_splits

_LICENCE = "CC0-1.0"
_CARD = """---
tags: [musepainter, preferences, simulated]
---
# {name}

Votes of simulated people in the miniature world, written by `musepainter testbed`.
"""


class Collection(NamedTuple):
    """Everything that a snapshot is made of. `folder` holds the clips' recordings."""

    folder: Path
    clips: Sequence[WorldClip]
    images: Sequence[ImageEntry]
    votes: Sequence[Vote]
    seed: int

    def splits(self) -> dict[str, Split]:
        """Of every clip; the same in all rounds, since they have the same clips."""
        return assign_splits([clip.clip_id for clip in self.clips], seed=self.seed)


def write_preferences(collection: Collection, folder: Path, *, name: str) -> None:
    """The snapshot of what was voted."""
    splits = collection.splits()
    captions = {clip.clip_id: clip.caption for clip in collection.clips}
    pairs = pairs_by_split(collection.votes, captions, splits)
    with whole_folder(folder) as partial:
        clips = [_clip_row(partial, collection.folder, clip, splits) for clip in collection.clips]
        images = [_image_row(partial, image) for image in collection.images]
        write_tables(partial, Tables(collection.votes, pairs, clips, images))
        (partial / "README.md").write_text(_CARD.format(name=name), encoding="utf-8")
        counts = {
            "judgements": len(collection.votes),
            "clips": len(clips),
            "images": len(images),
            "pairs": {axis: {s: len(pairs[axis][s]) for s in SPLITS} for axis in AXES},
        }
        facts = {"name": name, "version": "1", "parent": None, "seed": collection.seed}
        seal(partial, {**facts, "filters": {"include_simulated": True}, "counts": counts})


def pooled(votes: Sequence[Vote], axis: Axis) -> list[Vote]:
    """The votes of all axes as if they were of one: what a fused reward learns from."""
    return [vote._replace(axis=axis) for vote in votes]


def _clip_row(
    snapshot: Path,
    recordings: Path,
    clip: WorldClip,
    splits: Mapping[str, Split],
) -> dict[str, Any]:
    source = recordings / clip.recording
    sha256 = sha256_of_file(source)
    return {
        "clip_id": clip.clip_id,
        "title": clip.clip_id,
        "caption": clip.caption,
        "visual_prompt": clip.prompts[0],
        "audio": link_medium(snapshot, "audio", source, sha256),
        "sha256": sha256,
        "duration_s": None,
        "licence": _LICENCE,
        "attribution": "rendered by MusePainter's miniature world",
        "split": splits[clip.clip_id],
    }


def _image_row(snapshot: Path, image: ImageEntry) -> dict[str, Any]:
    sha256 = sha256_of_file(image.image)
    row = image.model_dump(exclude={"image"})
    return row | {"image": link_medium(snapshot, "images", image.image, sha256), "sha256": sha256}
