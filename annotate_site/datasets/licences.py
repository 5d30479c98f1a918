from __future__ import annotations

import re
from collections.abc import Iterable

from annotate_site.catalog.models import Clip

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")


def one_licence(clips: Iterable[Clip]) -> str | None:
    """The licence of all recordings, when they share one and name it."""
    licences = {clip.licence for clip in clips}
    return licences.pop() or None if len(licences) == 1 else None


def is_identifier(licence: str) -> bool:
    """Whether it looks like an SPDX identifier, CC0-1.0, and not like a phrase."""
    return _IDENTIFIER.fullmatch(licence) is not None
