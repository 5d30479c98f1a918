"""Who often misses known answers is paused until a person has looked at it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Max

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.selectors import NAMES_THE_BETTER, known_answers
from annotate_site.annotation.services.project import current_project
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
    """Whether the annotator's newest known answers were right, the newest first."""
    paused_at = AuditEvent.objects.filter(action=PAUSED, subject_id=str(annotator.pk)).aggregate(
        newest=Max("at")
    )["newest"]
    answers = known_answers().filter(lease__annotator=annotator)
    if paused_at is not None:
        answers = answers.filter(created_at__gt=paused_at)
    is_right = ExpressionWrapper(NAMES_THE_BETTER, output_field=BooleanField())
    newest = answers.annotate(is_right=is_right).order_by("-created_at", "-topic_position")
    return list(newest.values_list("is_right", flat=True)[:count])
