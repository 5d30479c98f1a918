from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Project
from annotate_site.annotation.services import forget_project
from annotate_site.core import audit
from annotate_site.core.exceptions import Refused

UNTOUCHED = ("id", "updated_at")


class Stale(Refused):
    """Somebody else saved meanwhile."""


def stored_project() -> Project:
    """The row itself, never a kept copy; made when it is first asked for."""
    return Project.objects.get_or_create(pk=1)[0]


def values_of(project: Project) -> dict[str, Any]:
    """The settings by name."""
    return {
        field.name: getattr(project, field.name)
        for field in Project._meta.concrete_fields
        if field.name not in UNTOUCHED
    }


@transaction.atomic
def change_project(*, by: Person, values: Mapping[str, Any], seen_at: datetime) -> Project:
    """Store `values`, chosen by somebody who had the settings of `seen_at` in front of them.

    Raises Stale when they have changed since, and stores nothing then.
    """
    project = Project.objects.select_for_update().get(pk=1)
    before = values_of(project)
    if project.updated_at != seen_at:
        raise Stale(_("somebody else has changed the settings since you opened this page"))
    unknown = set(values) - set(before)
    if unknown:
        raise Refused(f"{min(unknown)!r} is no setting of the project")
    for name, value in values.items():
        setattr(project, name, value)
    after = values_of(project)
    if before == after:
        return project
    project.save()
    audit.record(
        actor=by,
        action="project.changed",
        subject=project,
        before=_plain(before),
        after=_plain(after),
    )
    transaction.on_commit(forget_project)
    return project


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON has it. Money stays exact as text."""
    return {
        name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()
    }
