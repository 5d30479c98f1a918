"""Media on disk: named by hash, whole or absent, never changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from workbench.files import whole_file


def media_path(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / name


def store(name: str, write: Callable[[Path], object]) -> None:
    """Let `write` fill the file of that name, unless it is there: equal names, equal content."""
    path = media_path(name)
    if not path.exists():
        with whole_file(path) as partial:
            write(partial)
