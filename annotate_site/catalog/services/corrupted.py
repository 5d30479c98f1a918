from __future__ import annotations

from typing import NamedTuple

from django.db import transaction

from annotate_site.catalog.corruptions import corrupted
from annotate_site.catalog.media_files import media_path
from annotate_site.catalog.models import Candidate, PainterKind
from annotate_site.catalog.selectors import CORRUPTED
from annotate_site.catalog.services.candidates import add_candidate, register_painter
from annotate_site.core.exceptions import Refused


class CorruptedCopy(NamedTuple):
    candidate: Candidate
    how: str
    """blurred, noisy or shuffled."""


@transaction.atomic
def add_corrupted_copy(*, candidate: Candidate, seed: int) -> CorruptedCopy:
    """A spoilt copy of a candidate, for known answers. It takes part in nothing else."""
    if candidate.painter.name == CORRUPTED:
        raise Refused("this is a corrupted copy already; choose a real picture")
    spoilt = corrupted(media_path(str(candidate.image.name)).read_bytes(), seed=seed)
    copy = add_candidate(
        clip=candidate.clip,
        painter=register_painter(name=CORRUPTED, kind=PainterKind.BUILT_IN, generation=0),
        content=spoilt.content,
        seed=seed,
        title=candidate.title,
        attribution=candidate.attribution,
    )
    if copy.is_sensitive != candidate.is_sensitive:
        copy.is_sensitive = candidate.is_sensitive
        copy.save(update_fields=["is_sensitive"])
    return CorruptedCopy(copy, spoilt.how)
