"""What a person has done today, against the most that the project wants of anybody in a day."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Lease, Project, Purpose


class Today(NamedTuple):
    done: int
    cap: int | None
    """None: as many as the person likes."""

    @property
    def is_over_after_this(self) -> bool:
        """Whether the comparison in hand is the day's last."""
        return self.cap is not None and self.done + 1 >= self.cap


def today_of(*, annotator: Person, project: Project, now: datetime) -> Today:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    # Known answers and repeats count as well: left out, the number would give them away.
    done = Lease.objects.filter(
        annotator=annotator,
        completed_at__gte=midnight,
        purpose__in=(Purpose.WORK, Purpose.GOLD, Purpose.REPEAT),
    )
    return Today(done.count(), project.daily_cap)
