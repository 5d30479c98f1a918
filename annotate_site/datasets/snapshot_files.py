"""Writes the folder of a snapshot; workbench.snapshots says what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files import File

from annotate_site.catalog.models import Candidate, Clip
from annotate_site.core.exceptions import Refused
from annotate_site.datasets.card import dataset_card
from annotate_site.datasets.contents import Contents
from annotate_site.datasets.croissant import croissant_metadata
from annotate_site.datasets.label import Label
from annotate_site.datasets.licences import one_licence
from workbench.files import sha256_of_file, write_json
from workbench.snapshot_writing import Tables, link_medium, seal, write_tables
from workbench.snapshots import Split, hashes_below


def write_snapshot(folder: Path, contents: Contents, label: Label) -> None:
    """Fill the empty `folder`. The manifest comes last: it hashes everything else.

    Raises Refused when a recording or picture is gone or differs from its hash in the catalogue.
    """
    _write_tables(folder, contents)
    (folder / "README.md").write_text(dataset_card(contents, label), encoding="utf-8")
    write_json(
        folder / "croissant.json",
        croissant_metadata(hashes_below(folder), label, licence=one_licence(contents.clips)),
    )
    seal(
        folder,
        {
            "name": label.name,
            "version": label.version,
            "parent": label.parent,
            "filters": label.filters,
            "seed": label.seed,
            "counts": label.counts,
            "agreement": contents.agreement,
            "created_at": label.created_at.isoformat(timespec="seconds"),
        },
    )


def _write_tables(folder: Path, contents: Contents) -> None:
    clips = [_clip_row(folder, clip, contents.splits[str(clip.id)]) for clip in contents.clips]
    images = [_image_row(folder, candidate) for candidate in contents.candidates]
    write_tables(folder, Tables(contents.votes, contents.pairs, clips, images))


def _clip_row(folder: Path, clip: Clip, split: Split) -> dict[str, Any]:
    return {
        "clip_id": str(clip.id),
        "title": clip.title,
        "caption": clip.caption,
        "visual_prompt": clip.visual_prompt,
        "audio": _take_medium(
            folder, "audio", clip.audio, clip.sha256, what=f"clip {clip.title!r}"
        ),
        "sha256": clip.sha256,
        "duration_s": clip.duration_s,
        "licence": clip.licence,
        "attribution": clip.attribution,
        "split": split,
    }


def _image_row(folder: Path, candidate: Candidate) -> dict[str, Any]:
    what = f"candidate {candidate.id}"
    return {
        "image_id": str(candidate.id),
        "clip_id": str(candidate.clip_id),
        "image": _take_medium(folder, "images", candidate.image, candidate.sha256, what=what),
        "sha256": candidate.sha256,
        "painter": candidate.painter.name,
        "generation": candidate.painter.generation,
        "prompt": candidate.prompt,
        "seed": candidate.seed,
    }


def _take_medium(folder: Path, kind: str, medium: File[bytes], sha256: str, *, what: str) -> str:
    """Link (or copy) a media file into the snapshot and return its place there."""
    source = Path(medium.path)  # type: ignore[attr-defined]  # a FieldFile on a local disk
    if not source.is_file():
        raise Refused(f"the file of {what} is missing from the media folder; import it again")
    place = link_medium(folder, kind, source, sha256)
    if sha256_of_file(folder / place) != sha256:
        raise Refused(f"the file of {what} has changed since it was imported; import it again")
    return place
