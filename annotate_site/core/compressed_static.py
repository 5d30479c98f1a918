"""Scripts and styles go compressed over the wire, without a step that collects them first.

WhiteNoise serves them straight from the source tree. Their compressed copies lie under the data
folder, named by content: made when they are missing, and never out of date.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import MissingFileError, StaticFile

_COMPRESSIBLE = {".css", ".js", ".json", ".svg", ".txt"}


class CompressedStatic(WhiteNoiseMiddleware):
    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> StaticFile:
        static_file = super().get_static_file(path, url, stat_cache)
        if Path(path).suffix not in _COMPRESSIBLE:
            return static_file
        # With the headers of the original, whose type and age are the copy's as well.
        headers = [
            header for header in static_file.alternatives[-1][2] if header[0] not in _OF_SIZE
        ]
        try:
            return StaticFile(path, headers, encodings={"gzip": str(compressed_copy(Path(path)))})
        except (OSError, MissingFileError):  # A full disk, say: it goes as it is.
            return static_file


_OF_SIZE = {"Content-Length", "Content-Encoding"}


def compressed_copy(path: Path) -> Path:
    """The gzip file of the same content under the data folder, made now when it is missing."""
    content = path.read_bytes()
    copy: Path = settings.HOME / "compressed" / f"{hashlib.sha256(content).hexdigest()}.gz"
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        unfinished.write_bytes(gzip.compress(content, mtime=0))
        unfinished.replace(copy)
    return copy
