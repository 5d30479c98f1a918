"""A snapshot as training pairs of one axis: what the reward models and the painter learn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from workbench.axes import AXIS_NAMES, Axis
from workbench.errors import BadInput
from workbench.snapshots import SPLITS, Snapshot, Split


class Preference(NamedTuple):
    """One comparison on one axis; `chosen` is the picture with at least half of the votes."""

    comparison_id: str
    clip_id: str
    chosen: str
    rejected: str
    label: float
    """Share of the weighted votes for `chosen`, in [0.5, 1]; 0.5 is a tie."""
    n_votes: int
    weight: float
    """Weight in the loss: votes x 1/n of the clip's comparisons, with mean 1 over the split."""
    kind: str = ""
    """What the two pictures are to the clip (orig/pos, ...), where the snapshot says it."""


class Clip(NamedTuple):
    """What is known of a clip; either half may be missing."""

    clip_id: str
    audio: Path | None
    text: str
    split: Split
    visual_prompt: str = ""
    """What a painter is told of it, when somebody described it."""


class Picture(NamedTuple):
    """One candidate and the prompt that it was painted from ("" when nobody noted one)."""

    image_id: str
    clip_id: str
    path: Path
    prompt: str


@dataclass(frozen=True)
class Preferences:
    """The judgements of one axis with the clips and pictures that they are about."""

    axis: Axis
    snapshot: Snapshot
    pairs: dict[Split, list[Preference]]
    clips: dict[str, Clip]
    pictures: dict[str, Picture]


def read_preferences(snapshot: Snapshot, axis: Axis) -> Preferences:
    """Read the pairs of `axis` by split, with every clip and picture that they name.

    Raises BadInput for an axis without judgements, judgements about a single clip (nothing could
    be held out), a comparison of a picture with itself, votes that add to no preference, or a
    picture or recording that is missing (the first few are named).
    """
    raw = {split: snapshot.pairs(axis, split).to_pylist() for split in SPLITS}
    rows = [row for split in SPLITS for row in raw[split]]
    if not rows:
        raise BadInput(f"{snapshot.folder} holds no judgement of {axis} ({AXIS_NAMES[axis]})")
    clip_ids = {row["clip_id"] for row in rows}
    if len(clip_ids) < 2:
        raise BadInput(
            f"all {axis} judgements of {snapshot.folder} are about the clip {min(clip_ids)!r}; "
            "at least 2 clips are needed to hold any out"
        )
    pictures = _pictures(snapshot, {row[key] for row in rows for key in ("image_0", "image_1")})
    clips = _clips(snapshot, clip_ids | {picture.clip_id for picture in pictures.values()}, rows)
    pairs = {split: preferences_from_rows(raw[split]) for split in SPLITS}
    if not pairs["train"]:
        raise BadInput(f"{snapshot.folder} holds no {axis} judgement in its train split")
    return Preferences(axis, snapshot, pairs, clips, pictures)


def preferences_from_rows(rows: Iterable[dict[str, Any]]) -> list[Preference]:
    """Rows of pairs/{axis}/{split}.parquet as preferences, weighted within their split."""
    rows = list(rows)
    per_clip = Counter(row["clip_id"] for row in rows)
    shares = [float(row["weight"]) / per_clip[row["clip_id"]] for row in rows]
    mean = sum(shares) / len(shares) if shares else 1.0
    return [_preference(row, share / mean) for row, share in zip(rows, shares, strict=True)]


def _preference(row: dict[str, Any], weight: float) -> Preference:
    name = row["comparison_id"]
    label = float(row["label_0"])
    if row["image_0"] == row["image_1"]:
        raise BadInput(f"comparison {name} shows the picture {row['image_0']!r} twice")
    if not (0 <= label <= 1 and abs(label + float(row["label_1"]) - 1) < 1e-3 and weight > 0):
        raise BadInput(
            f"comparison {name} has the labels {row['label_0']}, {row['label_1']} and the weight "
            f"{row['weight']}; labels add to 1 and weights are above 0"
        )
    first, second = row["image_0"], row["image_1"]
    if label < 0.5:
        first, second, label = second, first, 1 - label
    return Preference(
        comparison_id=name,
        clip_id=row["clip_id"],
        chosen=first,
        rejected=second,
        label=label,
        n_votes=int(row["n_votes"]),
        weight=weight,
        kind=row.get("comparison_kind") or "",
    )


def _pictures(snapshot: Snapshot, wanted: set[str]) -> dict[str, Picture]:
    known = {row["image_id"]: row for row in snapshot.images().to_pylist()}
    _refuse_missing("pictures", sorted(wanted - known.keys()), snapshot)
    pictures = {
        name: Picture(name, row["clip_id"], snapshot.media(row["image"]), row["prompt"] or "")
        for name, row in known.items()
        if row["image"] and (name in wanted or snapshot.media(row["image"]).is_file())
    }
    gone = [name for name in sorted(wanted) if not _is_there(pictures.get(name))]
    _refuse_missing("pictures", gone, snapshot)
    return pictures


def _is_there(picture: Picture | None) -> bool:
    return picture is not None and picture.path.is_file()


def _clips(snapshot: Snapshot, wanted: set[str], rows: list[dict[str, Any]]) -> dict[str, Clip]:
    known = {row["clip_id"]: row for row in snapshot.clips().to_pylist()}
    _refuse_missing("clips", sorted(wanted - known.keys()), snapshot)
    texts = {row["clip_id"]: row["prompt"] or "" for row in rows}
    clips = {}
    for clip_id in sorted(wanted):
        row = known[clip_id]
        audio = snapshot.media(row["audio"]) if row["audio"] else None
        text = texts.get(clip_id) or row["caption"] or ""
        visual_prompt = row.get("visual_prompt") or ""
        clips[clip_id] = Clip(clip_id, audio, text, row["split"], visual_prompt)
    gone = [clip.clip_id for clip in clips.values() if clip.audio and not clip.audio.is_file()]
    _refuse_missing("recordings of the clips", gone, snapshot)
    mute = [clip.clip_id for clip in clips.values() if clip.audio is None and not clip.text]
    _refuse_missing("both recording and text of the clips", mute, snapshot)
    return clips


def _refuse_missing(what: str, names: list[str], snapshot: Snapshot) -> None:
    if names:
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        raise BadInput(
            f"{snapshot.folder} lacks {len(names)} {what} that are needed: {shown}; "
            "pull the snapshot again"
        )
