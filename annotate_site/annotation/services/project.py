"""The project's settings, read often and changed seldom."""

from __future__ import annotations

import time
from typing import NamedTuple

from django.conf import settings

from annotate_site.annotation.models import Project


class _Kept(NamedTuple):
    project: Project
    until: float


_kept: _Kept | None = None


def current_project() -> Project:
    """The settings now; for up to PROJECT_CACHE_SECONDS a change elsewhere is not seen.

    Treat it as read-only: to change the settings, load the row anew.
    """
    global _kept
    kept = _kept
    if kept is not None and time.monotonic() < kept.until:
        return kept.project
    project = Project.objects.first() or Project.objects.get_or_create(pk=1)[0]
    _kept = _Kept(project, time.monotonic() + settings.PROJECT_CACHE_SECONDS)
    return project


def forget_project() -> None:
    """Read the settings anew at the next question, after changing them in this process."""
    global _kept
    _kept = None
