"""Lists of clips and images as JSON lines: how work reaches the packages without a database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.errors import BadInput, first_problem
from workbench.files import whole_file


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ClipEntry(_Entry):
    """One clip: its recording and its caption t."""

    clip_id: str = Field(min_length=1)
    audio: Path
    caption: str = ""


class ImageEntry(_Entry):
    """One candidate: an image painted for a clip."""

    image_id: str = Field(min_length=1)
    clip_id: str = Field(min_length=1)
    image: Path
    painter: str = ""
    generation: int = Field(default=0, ge=0, description="higher is newer; decides z_orig")
    prompt: str = ""
    seed: int | None = None


Entry = TypeVar("Entry", bound=_Entry)


def read_manifest(path: Path, kind: type[Entry]) -> list[Entry]:
    """Read one entry per line; relative paths are taken from the manifest's own folder.

    Raises BadInput naming the line for a missing file, broken JSON, a wrong field or an id
    that comes twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read the manifest {path}: {error}") from None
    entries: dict[str, Entry] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        entry = _parsed(path, number, line, kind)
        key = entry_id(entry)
        if key in entries:
            raise BadInput(f"{path}, line {number}: the id {key!r} comes twice; ids are unique")
        entries[key] = entry
    return list(entries.values())


def write_manifest(path: Path, entries: Iterable[_Entry]) -> None:
    with whole_file(path) as partial:
        partial.write_text(
            "".join(entry.model_dump_json() + "\n" for entry in entries), encoding="utf-8"
        )


def entry_id(entry: _Entry) -> str:
    if isinstance(entry, ImageEntry):
        return entry.image_id
    if isinstance(entry, ClipEntry):
        return entry.clip_id
    raise TypeError(f"{type(entry).__name__} has no id; pass a ClipEntry or an ImageEntry")


def _parsed(path: Path, number: int, line: str, kind: type[Entry]) -> Entry:
    try:
        fields = json.loads(line)
        entry = kind.model_validate(fields)
    except json.JSONDecodeError as error:
        raise BadInput(f"{path}, line {number}: not JSON: {error}") from None
    except ValidationError as error:
        reason = first_problem(error)
        raise BadInput(f"{path}, line {number}: not a valid {kind.__name__}: {reason}") from None
    for name in ("audio", "image"):
        place = getattr(entry, name, None)
        if isinstance(place, Path) and not place.is_absolute():
            entry = entry.model_copy(update={name: path.parent / place})
    return entry
