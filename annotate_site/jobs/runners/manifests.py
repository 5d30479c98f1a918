"""The catalogue as manifests, the plain files that the packages below the site read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.utils.translation import gettext as _

from annotate_site.catalog.models import Candidate, Clip
from annotate_site.core.exceptions import Refused
from workbench.manifests import ClipEntry, ImageEntry, write_manifest


def write_clips(path: Path, clips: Iterable[Clip]) -> int:
    """Write clips.jsonl; returns how many. Raises Refused when there is none."""
    entries = [
        ClipEntry(clip_id=str(clip.pk), audio=Path(clip.audio.path), caption=clip.caption)
        for clip in clips
    ]
    if not entries:
        raise Refused("there is no clip to work on; import some with `manage.py import_clips`")
    write_manifest(path, entries)
    return len(entries)


def write_images(path: Path, candidates: Iterable[Candidate]) -> int:
    """Write images.jsonl; returns how many. Raises Refused when there is none."""
    entries = [
        ImageEntry(
            image_id=str(candidate.pk),
            clip_id=str(candidate.clip_id),
            image=Path(candidate.image.path),
            painter=candidate.painter.name,
            generation=candidate.painter.generation,
            prompt=candidate.prompt,
            seed=candidate.seed,
        )
        for candidate in candidates
    ]
    if not entries:
        raise Refused(_("there is no candidate picture yet; paint some first"))
    write_manifest(path, entries)
    return len(entries)
