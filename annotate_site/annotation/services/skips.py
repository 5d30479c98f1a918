"""Passing over a comparison, with a reason that a manager reads."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Lease, Skip, SkipReason, Slot
from annotate_site.core.exceptions import Refused

MOST_NOTE = 1000


@transaction.atomic
def skip_lease(*, annotator: Person, lease_id: UUID, reason: str, note: str, now: datetime) -> Skip:
    """Pass over a comparison: somebody else gets the place, this person never the pair again."""
    if reason not in SkipReason.values:
        expected = ", ".join(SkipReason.values)
        raise Refused(f"reason {reason[:40]!r} is unknown; expected one of {expected}")
    if len(note) > MOST_NOTE:
        raise Refused(f"a note of {len(note)} characters is too long; {MOST_NOTE} are the most")
    own = Lease.objects.filter(pk=lease_id, annotator=annotator)
    Slot.objects.select_for_update().filter(pk__in=own.values("slot_id")).values("pk").first()
    lease = own.select_for_update().first()
    if lease is None:
        raise Refused("this comparison is not among yours; reload the page to get your own")
    if known := Skip.objects.filter(lease=lease).first():
        return known
    if lease.completed_at is not None:
        raise Refused("you have answered this comparison already; undo an answer to skip it")
    if lease.lost_at is None:
        Lease.objects.filter(pk=lease.pk).update(lost_at=now)
        Slot.objects.filter(pk=lease.slot_id).update(held_until=None)
    return Skip.objects.create(lease=lease, reason=reason, note=note)
