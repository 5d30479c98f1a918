"""The comparison after the one on screen, fetched early so that its pictures are there at once.

It is an ordinary lease, taken a little sooner. Its time to listen must not begin before it is
shown: until then its `opens_at` lies in the distance, and no answer is accepted (services.turns).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from annotate_site.accounts.models import Person
from annotate_site.annotation.daily import today_of
from annotate_site.annotation.models import Lease
from annotate_site.annotation.services.leases import next_lease
from annotate_site.annotation.services.project import current_project
from annotate_site.core.exceptions import Refused

_DISTANCE = timedelta(days=1)  # Longer than any lease lasts.


def lease_ahead(*, annotator: Person, behind_id: UUID, now: datetime) -> Lease | None:
    """The lease that follows `behind_id`, which this annotator has begun to answer.

    None when nothing follows today, or not yet: only somebody who is at work holds a place in
    advance.
    """
    behind = Lease.objects.filter(
        pk=behind_id,
        annotator=annotator,
        answered_at__isnull=False,
        completed_at=None,
        lost_at=None,
    ).first()
    today = today_of(annotator=annotator, project=current_project(), now=now)
    if behind is None or today.is_over_after_this:
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
