"""The project's settings and the versions of its texts, read often and changed seldom."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

from django.conf import settings
from django.db.models import Subquery

from annotate_site.annotation.models import Document, DocumentKind, Project


class _Kept(NamedTuple):
    project: Project
    text_versions: Mapping[str, int]
    until: float


_kept: _Kept | None = None


def current_project() -> Project:
    """The settings now; for up to PROJECT_CACHE_SECONDS a change elsewhere is not seen.

    Treat it as read-only: to change the settings, load the row anew.
    """
    return _now().project


def current_text_versions() -> Mapping[str, int]:
    """Kind of document to its newest version, 0 without any; as old as `current_project`."""
    return _now().text_versions


def forget_project() -> None:
    """Read all of it anew at the next question, after changing it in this process."""
    global _kept
    _kept = None


def _now() -> _Kept:
    global _kept
    kept = _kept
    if kept is None or time.monotonic() >= kept.until:
        kept = _kept = _read()
    return kept


def _read() -> _Kept:
    """In one statement, so that the loop pays no second one for the texts."""
    newest = {f"newest_{kind}": _newest(kind) for kind in DocumentKind.values}
    rows = Project.objects.annotate(**newest)
    project = rows.first()
    if project is None:
        Project.objects.get_or_create(pk=1)
        project = rows.get(pk=1)
    versions = {kind: getattr(project, f"newest_{kind}") or 0 for kind in DocumentKind.values}
    return _Kept(project, versions, time.monotonic() + settings.PROJECT_CACHE_SECONDS)


def _newest(kind: str) -> Subquery:
    return Subquery(Document.objects.filter(kind=kind).order_by("-version").values("version")[:1])
