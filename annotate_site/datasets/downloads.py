"""What leaves a snapshot: its manifest, the files that the manifest names, all of them as a zip."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import IO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from annotate_site.core.exceptions import Refused
from annotate_site.datasets.models import Snapshot
from annotate_site.datasets.services import snapshot_folder

MOST_ZIP_BYTES = 2 << 30


def manifest_path(snapshot: Snapshot) -> Path:
    """Raises Refused when the folder of a ready snapshot is gone from the disk."""
    path = snapshot_folder(snapshot) / "manifest.json"
    if not path.is_file():
        raise Refused(
            _("the files of %(snapshot)s are gone from this site; take a new snapshot")
            % {"snapshot": snapshot}
        )
    return path


def listed_files(snapshot: Snapshot) -> Mapping[str, str]:
    """Every file of the snapshot but the manifest, with its sha256."""
    return _files_of(manifest_path(snapshot), snapshot.sha256)


def listed_file(snapshot: Snapshot, place: str) -> Path | None:
    """The file at `place`, when the manifest names it so; nothing else can be had."""
    if place not in listed_files(snapshot):
        return None
    path = snapshot_folder(snapshot) / place
    return path if path.is_file() else None


def zipped(snapshot: Snapshot) -> IO[bytes]:
    """The whole folder as an open temporary zip file, alike for everybody who asks.

    Raises Refused for one that is too large to be packed while somebody waits.
    """
    folder = snapshot_folder(snapshot)
    places = [*sorted(listed_files(snapshot)), "manifest.json"]
    size = sum((folder / place).stat().st_size for place in places)
    if size > MOST_ZIP_BYTES:
        raise Refused(
            _(
                "%(snapshot)s has %(size)s MiB, too much for a zip; use "
                "`musepainter pull %(snapshot)s`"
            )
            % {"snapshot": snapshot, "size": size >> 20}
        )
    stream = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    with ZipFile(stream, "w", ZIP_STORED) as archive:
        for place in places:
            entry = ZipInfo(f"{snapshot.name}-{snapshot.version}/{place}")
            with (folder / place).open("rb") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target)
    stream.seek(0)
    return stream


# A snapshot never changes, and a client that pulls it asks once per file.
@lru_cache(maxsize=16)
def _files_of(manifest: Path, sha256: str) -> Mapping[str, str]:
    return MappingProxyType(json.loads(manifest.read_text(encoding="utf-8"))["files"])
