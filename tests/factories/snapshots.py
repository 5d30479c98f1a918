"""A tiny real snapshot: generated tones and pictures, judged by a rule that can be learned.

`emo`: the brighter picture wins. `con`: the picture whose brightness is nearer to the clip's
pitch (low = dark) wins. `cre`: the more colourful picture wins. Near-equals are ties.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
from PIL import Image

from workbench.axes import AXES, Axis
from workbench.files import sha256_of_file, write_json
from workbench.snapshots import (
    CLIP_SCHEMA,
    IMAGE_SCHEMA,
    JUDGEMENT_SCHEMA,
    PAIR_SCHEMA,
    SPLITS,
    Choice,
    Split,
    Vote,
    aggregate,
    assign_splits,
    hashes_below,
    write_table,
)

_RATE_HZ = 16_000
_DURATION_S = 2.5
_TIE_BELOW = 0.03
_SIZE_PX = 32
_ANNOTATORS = ("a1", "a2", "a3")


class _Picture(NamedTuple):
    image_id: str
    clip_id: str
    brightness: float
    colour: float


def tiny_snapshot(
    folder: Path,
    n_clips: int = 9,
    seed: int = 0,
    *,
    pictures_per_clip: int = 4,
    axes: tuple[Axis, ...] = AXES,
    noise: float = 0.1,
) -> Path:
    """Write a snapshot of `n_clips` tones with all pairs of their pictures, three votes each.

    `noise` is the share of votes that are drawn by lot.
    """
    rng = np.random.default_rng(seed)
    clips = {f"clip{number}": number / max(n_clips - 1, 1) for number in range(n_clips)}
    splits = assign_splits(list(clips), seed=seed)
    clip_rows = [_clip(folder, name, pitch, splits[name]) for name, pitch in clips.items()]
    pictures = [
        _Picture(f"{clip}-{number}", clip, *(float(value) for value in rng.uniform(0.1, 0.9, 2)))
        for clip in clips
        for number in range(pictures_per_clip)
    ]
    image_rows = [_image(folder, picture, rng) for picture in pictures]
    votes = list(_votes(pictures, clips, axes, noise, rng))
    prompts = {row["clip_id"]: row["caption"] for row in clip_rows}
    write_table(folder / "clips.parquet", clip_rows, CLIP_SCHEMA)
    write_table(folder / "images.parquet", image_rows, IMAGE_SCHEMA)
    write_table(folder / "judgements.parquet", [v._asdict() for v in votes], JUDGEMENT_SCHEMA)
    _write_pairs(folder, votes, prompts, splits)
    seal(folder)
    return folder


def seal(folder: Path) -> None:
    """(Re)write the manifest over what lies in `folder`, as after a deliberate change."""
    write_json(
        folder / "manifest.json",
        {"name": "tiny", "version": "1", "parent": None, "files": hashes_below(folder)},
    )


def _clip(folder: Path, name: str, pitch: float, split: Split) -> dict[str, Any]:
    place = f"media/audio/{name}.wav"
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(int(_RATE_HZ * _DURATION_S)) / _RATE_HZ
    tone = 0.3 * np.sin(2 * np.pi * 110 * 2 ** (3 * pitch) * times)
    soundfile.write(folder / place, tone.astype(np.float32), _RATE_HZ)
    return {
        "clip_id": name,
        "title": name,
        "caption": f"a {'bright high' if pitch > 0.5 else 'dark low'} tone",
        "visual_prompt": "",
        "audio": place,
        "sha256": sha256_of_file(folder / place),
        "duration_s": _DURATION_S,
        "licence": "CC0-1.0",
        "attribution": "generated",
        "split": split,
    }


def _image(folder: Path, picture: _Picture, rng: np.random.Generator) -> dict[str, Any]:
    place = f"media/images/{picture.image_id}.png"
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    grain = rng.normal(0, 0.05, (_SIZE_PX, _SIZE_PX, 3))
    tint = np.array([picture.colour, 0, -picture.colour]) * 0.3
    pixels = np.clip(picture.brightness + tint + grain, 0, 1)
    Image.fromarray((pixels * 255).astype(np.uint8)).save(folder / place)
    return {
        "image_id": picture.image_id,
        "clip_id": picture.clip_id,
        "image": place,
        "sha256": sha256_of_file(folder / place),
        "painter": "tiny",
        "generation": 0,
        "prompt": f"{'bright golden' if picture.brightness > 0.5 else 'soft blue'} ocean",
        "seed": 0,
    }


def _votes(
    pictures: list[_Picture],
    clips: Mapping[str, float],
    axes: tuple[Axis, ...],
    noise: float,
    rng: np.random.Generator,
) -> Iterator[Vote]:
    judged_at = datetime(2026, 1, 1, tzinfo=UTC)
    pairs = [p for p in combinations(pictures, 2) if p[0].clip_id == p[1].clip_id]
    for first, second in pairs:
        name = f"{first.image_id}/{second.image_id}"
        for position, axis in enumerate(axes):
            for annotator in _ANNOTATORS:
                choice = _choice(axis, first, second, clips[first.clip_id])
                if rng.random() < noise:
                    choice = "0" if rng.random() < 0.5 else "1"
                yield Vote(
                    judgement_id=f"{name}/{axis}/{annotator}",
                    comparison_id=name,
                    comparison_kind=_kind(first, second),
                    clip_id=first.clip_id,
                    image_0=first.image_id,
                    image_1=second.image_id,
                    annotator=annotator,
                    is_simulated=True,
                    annotator_weight=1.0,
                    axis=axis,
                    choice=choice,
                    strength=None,
                    left_image="0",
                    topic_position=position,
                    response_ms=3000,
                    listened_share=1.0,
                    judged_at=judged_at,
                )


def _kind(first: _Picture, second: _Picture) -> str:
    """A clip's first three pictures stand for a triplet; pairs with others have no kind."""
    roles = [dict(enumerate(("orig", "pos", "neg"))).get(int(picture.image_id[-1]))
             for picture in (first, second)]  # fmt: skip
    return "/".join(role for role in roles if role) if all(roles) else ""


def _choice(axis: Axis, first: _Picture, second: _Picture, pitch: float) -> Choice:
    worth = {
        "emo": lambda picture: picture.brightness,
        "con": lambda picture: -abs(picture.brightness - (0.1 + 0.8 * pitch)),
        "cre": lambda picture: picture.colour,
    }[axis]
    difference = worth(first) - worth(second)
    if abs(difference) < _TIE_BELOW:
        return "tie"
    return "0" if difference > 0 else "1"


def _write_pairs(
    folder: Path, votes: list[Vote], prompts: Mapping[str, str], splits: Mapping[str, Split]
) -> None:
    pairs = aggregate(votes, prompts)
    for axis in AXES:
        for split in SPLITS:
            rows = [pair._asdict() for pair in pairs[axis] if splits[pair.clip_id] == split]
            write_table(folder / "pairs" / axis / f"{split}.parquet", rows, PAIR_SCHEMA)
