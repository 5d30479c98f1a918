"""The comparison after the one on screen, fetched early so that its pictures are there at once.

It is an ordinary lease, taken a little sooner. Its time to listen must not begin before it is
shown: until then its `opens_at` lies in the distance, and no answer is accepted (services.turns).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Lease
from annotate_site.annotation.services.leases import next_lease
from annotate_site.core.exceptions import Refused


def lease_ahead(*, annotator: Person, behind_id: UUID, now: datetime) -> Lease | None:
    """The lease that follows `behind_id`, which this annotator has begun to answer.

    None when nothing follows today, or not yet: only somebody who is at work holds a place in
    advance. What has been shown before, and was left by an undo, keeps its time.
    """
    try:
        return next_lease(annotator=annotator, now=now, besides=behind_id)
    except Refused:
        return None  # The page says why when it is this lease's turn.
