"""The snapshot: an immutable preference dataset in one folder, hashed file by file.

    manifest.json               sha256 of every other file, filters, counts, parent, version
    README.md, croissant.json   dataset card with a YAML head; machine-readable metadata
    judgements.parquet          raw votes, unswapped: choice and left_image name image 0 or 1
    pairs/{axis}/{split}.parquet   votes aggregated to soft labels, split by clip
    clips.parquet, images.parquet, media/

The site writes it, `rlhf` and researchers read it. The hash of a snapshot is the sha256 of its
manifest, which holds the hashes of all other files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.axes import AXES, Axis
from workbench.errors import BadInput
from workbench.files import read_json, sha256_of_file

Choice = Literal["0", "1", "tie", "cannot_tell"]
Split = Literal["train", "validation", "test"]

SPLITS: tuple[Split, ...] = get_args(Split)
SPLIT_SHARES: dict[Split, float] = {"train": 0.7, "validation": 0.15, "test": 0.15}

JUDGEMENT_SCHEMA = pa.schema(
    [
        ("judgement_id", pa.string()),
        ("comparison_id", pa.string()),
        ("comparison_kind", pa.string()),
        ("clip_id", pa.string()),
        ("image_0", pa.string()),
        ("image_1", pa.string()),
        ("annotator", pa.string()),
        ("is_simulated", pa.bool_()),
        ("annotator_weight", pa.float32()),
        ("axis", pa.string()),
        ("choice", pa.string()),
        ("strength", pa.int8()),
        ("left_image", pa.string()),
        ("topic_position", pa.int8()),
        ("response_ms", pa.int32()),
        ("listened_share", pa.float32()),
        ("judged_at", pa.timestamp("ms", tz="UTC")),
    ]
)
PAIR_SCHEMA = pa.schema(
    [
        ("comparison_id", pa.string()),
        ("comparison_kind", pa.string()),
        ("clip_id", pa.string()),
        ("prompt", pa.string()),
        ("image_0", pa.string()),
        ("image_1", pa.string()),
        ("label_0", pa.float32()),
        ("label_1", pa.float32()),
        ("n_votes", pa.int32()),
        ("weight", pa.float32()),
    ]
)
CLIP_SCHEMA = pa.schema(
    [
        ("clip_id", pa.string()),
        ("title", pa.string()),
        ("caption", pa.string()),
        # What a painter is told of the clip; empty when nobody described it yet.
        ("visual_prompt", pa.string()),
        ("audio", pa.string()),
        ("sha256", pa.string()),
        ("duration_s", pa.float32()),
        ("licence", pa.string()),
        ("attribution", pa.string()),
        ("split", pa.string()),
    ]
)
IMAGE_SCHEMA = pa.schema(
    [
        ("image_id", pa.string()),
        ("clip_id", pa.string()),
        ("image", pa.string()),
        ("sha256", pa.string()),
        ("painter", pa.string()),
        ("generation", pa.int32()),
        ("prompt", pa.string()),
        ("seed", pa.int64()),
    ]
)


class Vote(NamedTuple):
    """One judgement with its sides undone: a row of judgements.parquet."""

    judgement_id: str
    comparison_id: str
    comparison_kind: str
    clip_id: str
    image_0: str
    image_1: str
    annotator: str
    is_simulated: bool
    annotator_weight: float
    axis: Axis
    choice: Choice
    strength: int | None
    left_image: Literal["0", "1"]
    topic_position: int
    response_ms: int | None
    listened_share: float | None
    judged_at: datetime


class Pair(NamedTuple):
    """All votes on one comparison and axis: a row of pairs/{axis}/{split}.parquet.

    label_0 + label_1 = 1; a tie adds half a vote to each; `weight` is the sum of the weights of
    the annotators who could tell.
    """

    comparison_id: str
    comparison_kind: str
    clip_id: str
    prompt: str
    image_0: str
    image_1: str
    label_0: float
    label_1: float
    n_votes: int
    weight: float


@dataclass(frozen=True)
class Snapshot:
    """An opened snapshot: every file was checked against the manifest."""

    folder: Path
    manifest: dict[str, Any]
    sha256: str

    def pairs(self, axis: Axis, split: Split) -> pa.Table:
        return pq.read_table(self.folder / "pairs" / axis / f"{split}.parquet")

    def judgements(self) -> pa.Table:
        return pq.read_table(self.folder / "judgements.parquet")

    def clips(self) -> pa.Table:
        return pq.read_table(self.folder / "clips.parquet")

    def images(self) -> pa.Table:
        return pq.read_table(self.folder / "images.parquet")

    def media(self, place: str) -> Path:
        """The file of an `audio` or `image` cell."""
        return self.folder / place


def open_snapshot(folder: Path, *, check_hashes: bool = True) -> Snapshot:
    """Open a snapshot folder.

    Raises BadInput when it is no snapshot, or when a file is missing or differs from the hash in
    the manifest (the first such file is named).
    """
    manifest_path = folder / "manifest.json"
    if not manifest_path.is_file():
        raise BadInput(f"{folder} is no snapshot: it has no manifest.json; `musepainter pull` one")
    manifest = read_json(manifest_path)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise BadInput(f"{manifest_path} lists no files; pull the snapshot again")
    for name, expected in manifest["files"].items():
        _check_file(folder, name, expected, check_hashes)
    return Snapshot(folder, manifest, sha256_of_file(manifest_path))


def assign_splits(
    clip_ids: Collection[str], *, seed: int, kept: Mapping[str, Split] | None = None
) -> dict[str, Split]:
    """Give each clip a split; clips of `kept` (the parent snapshot's) never move.

    New clips come in the order of a seeded hash, and each goes to the split that is furthest
    below its share, so that three clips already fill all three splits.
    """
    splits = {clip: split for clip, split in (kept or {}).items() if clip in set(clip_ids)}
    counts = {split: sum(s == split for s in splits.values()) for split in SPLITS}
    fresh = sorted(set(clip_ids) - splits.keys(), key=lambda clip: _rank(clip, seed))
    for clip in fresh:
        split = min(SPLITS, key=lambda s: (counts[s] / SPLIT_SHARES[s], SPLITS.index(s)))
        splits[clip] = split
        counts[split] += 1
    return splits


def aggregate(votes: Iterable[Vote], prompts: Mapping[str, str]) -> dict[Axis, list[Pair]]:
    """Soft labels per axis and comparison; `prompts` maps a clip to its text t.

    "Cannot tell" is missing data, a tie is data. A comparison that nobody with a weight above 0
    could judge gives no pair on that axis.
    """
    grouped: dict[tuple[Axis, str], list[Vote]] = defaultdict(list)
    for vote in votes:
        if vote.choice != "cannot_tell" and vote.annotator_weight > 0:
            grouped[vote.axis, vote.comparison_id].append(vote)
    pairs: dict[Axis, list[Pair]] = {axis: [] for axis in AXES}
    for (axis, _), ballots in sorted(grouped.items()):
        pairs[axis].append(_pair_of(ballots, prompts))
    return pairs


def write_table(path: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=schema), path)


def hashes_below(folder: Path) -> dict[str, str]:
    """sha256 of every file below `folder`, by its name relative to it, for a manifest."""
    return {
        path.relative_to(folder).as_posix(): sha256_of_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def _pair_of(ballots: list[Vote], prompts: Mapping[str, str]) -> Pair:
    first = ballots[0]
    weight = sum(vote.annotator_weight for vote in ballots)
    for_first = {"0": 1.0, "tie": 0.5, "1": 0.0}
    label_0 = sum(vote.annotator_weight * for_first[vote.choice] for vote in ballots) / weight
    return Pair(
        comparison_id=first.comparison_id,
        comparison_kind=first.comparison_kind,
        clip_id=first.clip_id,
        prompt=prompts[first.clip_id],
        image_0=first.image_0,
        image_1=first.image_1,
        label_0=label_0,
        label_1=1.0 - label_0,
        n_votes=len(ballots),
        weight=weight,
    )


def _check_file(folder: Path, name: str, expected: str, check_hashes: bool) -> None:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadInput(f"{folder}/manifest.json names {name!r}, outside of the snapshot")
    if not path.is_file():
        raise BadInput(f"{folder} lacks {name}; pull the snapshot again")
    if check_hashes and sha256_of_file(path) != expected:
        raise BadInput(f"{folder}/{name} differs from its hash; pull the snapshot again")


def _rank(clip_id: str, seed: int) -> str:
    return sha256(f"{seed}:{clip_id}".encode()).hexdigest()
