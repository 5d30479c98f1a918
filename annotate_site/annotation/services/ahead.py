"""The comparison after the one on screen, fetched early so that its pictures are there at once.

It is an ordinary lease, taken a little sooner. Its time to listen must not begin before it is
shown: until then its `opens_at` lies in the distance, and no answer is accepted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Lease
from annotate_site.annotation.services.leases import next_lease
from annotate_site.annotation.services.project import current_project
from annotate_site.core.exceptions import Refused

_DISTANCE = timedelta(days=1)  # Longer than any lease lasts.

_BEGIN = """
UPDATE annotation_lease AS lease
SET is_ahead = false,
    opens_at = %(now)s + LEAST(%(listen_s)s::float8, clip.duration_s) * interval '1 second'
FROM annotation_comparison AS comparison JOIN catalog_clip AS clip ON clip.id = comparison.clip_id
WHERE comparison.id = lease.comparison_id AND lease.annotator_id = %(annotator)s
    AND lease.is_ahead AND lease.completed_at IS NULL AND lease.lost_at IS NULL
RETURNING lease.id, lease.opens_at
"""


def lease_ahead(*, annotator: Person, behind_id: UUID, now: datetime) -> Lease | None:
    """The lease that follows `behind_id`, which this annotator has begun to answer.

    None when nothing follows, or not yet: only somebody who is at work holds a place in advance.
    """
    behind = Lease.objects.filter(
        pk=behind_id,
        annotator=annotator,
        answered_at__isnull=False,
        completed_at=None,
        lost_at=None,
    ).first()
    if behind is None:
        return None
    try:
        lease = next_lease(annotator=annotator, now=now, besides=behind.pk)
    except Refused:
        return None  # The page says why when it is this lease's turn.
    # What has been shown before, and was left by an undo, keeps its time.
    if lease is not None and lease.created_at == now:
        lease.is_ahead, lease.opens_at = True, now + _DISTANCE
        lease.save(update_fields=["is_ahead", "opens_at"])
    return lease


def begin_ahead(*, annotator: Person, now: datetime) -> dict[UUID, datetime]:
    """Start the time to listen of the lease that was fetched ahead, and return when it opens.

    Call it when that lease is shown: the one before is complete or was skipped.
    """
    values = {"annotator": annotator.pk, "now": now, "listen_s": current_project().listen_s}
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, values)
        return dict(cursor.fetchall())
