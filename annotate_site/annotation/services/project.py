"""The project's settings, read often and changed seldom."""

from __future__ import annotations

from annotate_site.annotation.models import Project


def current_project() -> Project:
    return Project.objects.first() or Project.objects.get_or_create(pk=1)[0]
