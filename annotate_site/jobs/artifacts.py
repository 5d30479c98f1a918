"""The files of a run that people may see, and the guard before each of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from annotate_site.jobs.models import Run

CONTENT_TYPES = {
    ".png": "image/png",
    ".json": "application/json",
    ".jsonl": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".safetensors": "application/octet-stream",
}

_MOST_FILES = 400
_MOST_PICTURES = 24


@dataclass(frozen=True)
class Artifact:
    name: str
    size: int

    @property
    def is_picture(self) -> bool:
        return self.name.endswith(".png")


@dataclass(frozen=True)
class Artifacts:
    pictures: list[Artifact]
    files: list[Artifact]
    hidden_pictures: int


def artifacts_of(run: Run) -> Artifacts:
    """What lies in the run's folder, pictures apart; contact sheets before single pictures."""
    found = []
    for path in sorted(run.folder.rglob("*"))[:_MOST_FILES]:
        name = path.relative_to(run.folder).as_posix()
        if artifact_path(run, name) is not None:
            found.append(Artifact(name, path.stat().st_size))
    pictures = sorted((a for a in found if a.is_picture), key=lambda a: (a.name.count("/"), a.name))
    files = [artifact for artifact in found if not artifact.is_picture]
    return Artifacts(pictures[:_MOST_PICTURES], files, len(pictures[_MOST_PICTURES:]))


def artifact_path(run: Run, name: str) -> Path | None:
    """The file `name` of the run's folder; None when it is none, of another type, or elsewhere."""
    if "\0" in name:
        return None
    root = run.folder.resolve()
    path = (root / name).resolve()
    is_inside = path.is_relative_to(root)
    is_hidden = any(part.startswith(".") for part in Path(name).parts)
    if not is_inside or is_hidden or path.suffix not in CONTENT_TYPES or not path.is_file():
        return None
    return path
