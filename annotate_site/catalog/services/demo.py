"""The demo data: nine free recordings and 22 old masters. Licences: demo/LICENCES.md."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from annotate_site.catalog.clip_lists import read_clip_list
from annotate_site.catalog.models import Candidate, Clip, Painter, PainterKind
from annotate_site.catalog.services.candidates import add_candidate, register_painter
from annotate_site.catalog.services.clips import AlreadyThere, import_clip
from annotate_site.catalog.services.measuring import measure_clip

OLD_MASTERS = "old masters"
_FOLDER = Path(__file__).resolve().parents[1] / "demo"


class DemoLoaded(NamedTuple):
    clips: int
    new_clips: int
    candidates: int
    new_candidates: int


@transaction.atomic
def load_demo() -> DemoLoaded:
    """Bring the demo clips and paintings into the catalogue; what is there already stays."""
    clips_before, candidates_before = Clip.objects.count(), Candidate.objects.count()
    clips = _demo_clips()
    painter = register_painter(
        name=OLD_MASTERS,
        kind=PainterKind.BUILT_IN,
        generation=0,
        credits="Paintings in the public domain, from 1475 to 1923.",
    )
    paintings = _add_paintings(painter, clips)
    return DemoLoaded(
        clips=len(clips),
        new_clips=Clip.objects.count() - clips_before,
        candidates=paintings,
        new_candidates=Candidate.objects.count() - candidates_before,
    )


def _demo_clips() -> dict[str, Clip]:
    """The demo clips by their place below the demo folder."""
    clips = {}
    for listed in read_clip_list(_FOLDER / "clips.csv").clips:
        try:
            clip = import_clip(
                path=listed.path,
                title=listed.title,
                caption=listed.caption,
                licence=listed.licence,
                attribution=listed.attribution,
            )
        except AlreadyThere as there:
            clip = there.clip
            if not clip.waveform:
                measure_clip(clip)
        clips[listed.path.relative_to(_FOLDER).as_posix()] = clip
    return clips


def _add_paintings(painter: Painter, clips: dict[str, Clip]) -> int:
    known = set(painter.candidates.values_list("clip_id", "title", "attribution"))
    with (_FOLDER / "paintings.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        clip = clips[row["clip"]]
        attribution = ", ".join(part for part in (row["artist"], row["year"]) if part)
        # Known ones are not decoded again, which keeps a second start quick.
        if (clip.id, row["title"], attribution) not in known:
            add_candidate(
                clip=clip,
                painter=painter,
                content=(_FOLDER / row["file"]).read_bytes(),
                title=row["title"],
                attribution=attribution,
            )
    return len(rows)
