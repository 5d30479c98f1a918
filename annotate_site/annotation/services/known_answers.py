"""Who often misses known answers is paused until a person has looked at it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, Max

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.models import Judgement, Purpose
from annotate_site.annotation.services.project import current_project
from annotate_site.annotation.verdicts import chosen_side
from annotate_site.core import audit
from annotate_site.core.models import AuditEvent

PAUSED = "person.paused"


@transaction.atomic
def pause_if_unreliable(*, annotator: Person) -> bool:
    """Pause an annotator whose newest known answers were too often missed; True when it did so.

    Counted are the last `gold_window` answers given since the last pause, once there are so many:
    whom a manager lets in again starts afresh.
    """
    project = current_project()
    hits = _newest_hits(annotator, project.gold_window)
    if not hits or len(hits) < project.gold_window:
        return False
    if sum(hits) / len(hits) >= project.gold_least:
        return False
    active = Person.objects.filter(pk=annotator.pk, standing=Standing.ACTIVE)
    if not active.update(standing=Standing.PAUSED):
        return False
    annotator.standing = Standing.PAUSED
    audit.record(
        actor=None,
        action=PAUSED,
        subject=annotator,
        before={"standing": Standing.ACTIVE.value},
        after={"standing": Standing.PAUSED.value, "right": sum(hits), "of": len(hits)},
    )
    return True


def _newest_hits(annotator: Person, count: int) -> list[bool]:
    """Whether the annotator's newest known answers were right; a tie where one is better is not."""
    paused_at = AuditEvent.objects.filter(action=PAUSED, subject_id=str(annotator.pk)).aggregate(
        newest=Max("at")
    )["newest"]
    answers = Judgement.objects.filter(
        undone_at=None,
        lease__annotator=annotator,
        lease__purpose=Purpose.GOLD,
        lease__completed_at__isnull=False,
        lease__comparison__gold__is_active=True,
        lease__comparison__gold__answers__axis=F("axis"),
    )
    if paused_at is not None:
        answers = answers.filter(created_at__gt=paused_at)
    newest = answers.order_by("-created_at", "-topic_position").values_list(
        "verdict", "lease__left", "lease__comparison__gold__answers__better"
    )[:count]
    return [chosen_side(verdict, left) == better for verdict, left, better in newest]
