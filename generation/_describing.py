"""Describing clips one by one or by the manifest, as plain JSON objects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from generation.analyst import Analyst, Clip
from generation.audio import load_audio
from generation.descriptors import Descriptors
from generation.visual_prompt import VisualDescription, Visualiser
from workbench.errors import BadInput
from workbench.files import whole_file
from workbench.manifests import ClipEntry


class Description(NamedTuple):
    duration_s: float
    is_cut: bool
    descriptors: Descriptors
    visual: VisualDescription

    def as_json(self) -> dict[str, Any]:
        return {
            "duration_s": round(self.duration_s, 2),
            "is_cut": self.is_cut,
            **self.descriptors.model_dump(mode="json"),
            "visual_prompt": self.visual.model_dump(mode="json"),
        }


class Described(NamedTuple):
    """One clip of a manifest: its description, or why there is none."""

    entry: ClipEntry
    description: Description | None
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        if self.description is None:
            return {"clip_id": self.entry.clip_id, "error": self.error}
        return {"clip_id": self.entry.clip_id, **self.description.as_json()}


def describe_song(
    song: Path, caption: str, *, max_duration_s: float, analyst: Analyst, visualiser: Visualiser
) -> Description:
    """Raises BadInput when the recording cannot be used."""
    clip = Clip(load_audio(song, max_duration_s=max_duration_s), caption)
    descriptors = analyst.describe(clip)
    return Description(
        clip.recording.duration_s,
        clip.recording.is_cut,
        descriptors,
        visualiser.visualise(clip, descriptors),
    )


def describe_clips(
    entries: Iterable[ClipEntry],
    *,
    max_duration_s: float,
    analyst: Analyst,
    visualiser: Visualiser,
) -> Iterator[Described]:
    """Describe every clip; one that cannot be used is reported and the rest goes on."""
    for entry in entries:
        try:
            description = describe_song(
                entry.audio,
                entry.caption,
                max_duration_s=max_duration_s,
                analyst=analyst,
                visualiser=visualiser,
            )
        except BadInput as error:
            yield Described(entry, None, str(error))
        else:
            yield Described(entry, description)


def write_descriptions(path: Path, described: Iterable[Described]) -> None:
    """One JSON object per line, in the order of the manifest."""
    lines = [json.dumps(one.as_json(), ensure_ascii=False) + "\n" for one in described]
    with whole_file(path) as partial:
        partial.write_text("".join(lines), encoding="utf-8")
