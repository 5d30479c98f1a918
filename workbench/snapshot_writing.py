"""Writing a snapshot; `workbench.snapshots` says what it holds. The manifest comes last."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from workbench.axes import AXES, Axis
from workbench.files import write_json
from workbench.run_folder import software_versions, source_commit
from workbench.snapshots import (
    CLIP_SCHEMA,
    IMAGE_SCHEMA,
    JUDGEMENT_SCHEMA,
    PAIR_SCHEMA,
    SPLITS,
    Pair,
    Split,
    Vote,
    aggregate,
    hashes_below,
    write_table,
)

FORMAT = "musepainter-snapshot/1"

SplitPairs = dict[Axis, dict[Split, list[Pair]]]
Row = Mapping[str, Any]


class Tables(NamedTuple):
    """The rows of a snapshot; clips and images by the columns of CLIP_SCHEMA and IMAGE_SCHEMA."""

    votes: Sequence[Vote]
    pairs: SplitPairs
    clips: Sequence[Row]
    images: Sequence[Row]


def pairs_by_split(
    votes: Iterable[Vote], prompts: Mapping[str, str], splits: Mapping[str, Split]
) -> SplitPairs:
    """Votes aggregated to soft labels; `prompts` and `splits` map a clip to its text and split."""
    pairs = aggregate(votes, prompts)
    return {
        axis: {
            split: [pair for pair in pairs[axis] if splits[pair.clip_id] == split]
            for split in SPLITS
        }
        for axis in AXES
    }


def write_tables(folder: Path, tables: Tables) -> None:
    votes = [vote._asdict() for vote in tables.votes]
    write_table(folder / "judgements.parquet", votes, JUDGEMENT_SCHEMA)
    for axis in AXES:
        for split in SPLITS:
            pairs = [pair._asdict() for pair in tables.pairs[axis][split]]
            write_table(folder / "pairs" / axis / f"{split}.parquet", pairs, PAIR_SCHEMA)
    write_table(folder / "clips.parquet", tables.clips, CLIP_SCHEMA)
    write_table(folder / "images.parquet", tables.images, IMAGE_SCHEMA)


def link_medium(folder: Path, kind: str, source: Path, sha256: str) -> str:
    """Link (or copy) a media file into the snapshot and return its place there.

    kind: audio or images. Files of one hash are stored once.
    """
    place = f"media/{kind}/{sha256}{source.suffix.lower()}"
    target = folder / place
    if target.exists():
        return place
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # Another disk, or one without hard links.
        shutil.copyfile(source, target)
    return place


def seal(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write manifest.json: `facts`, what wrote it, and the hash of every other file."""
    software = software_versions() | {"commit": source_commit()}
    content = {**facts, "format": FORMAT, "software": software, "files": hashes_below(folder)}
    write_json(folder / "manifest.json", content)
