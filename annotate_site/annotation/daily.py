"""What a person has done today, against the most that the project wants of anybody in a day."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Project, Tally


class Today(NamedTuple):
    done: int
    cap: int | None
    """None: as many as the person likes."""


def today_of(*, annotator: Person, project: Project, now: datetime) -> Today:
    # Known answers and repeats count as well: left out, the number would give them away.
    tally = Tally.objects.filter(
        annotator=annotator, day__gte=timezone.localtime(now).date()
    ).values_list("today", flat=True)
    return Today(tally.first() or 0, project.daily_cap)
