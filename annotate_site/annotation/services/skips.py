"""Passing over a comparison, with a reason that a manager reads."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import GIVEN_BACK, Lease, Skip, SkipReason, Slot
from annotate_site.annotation.services.judgements import locked_lease
from annotate_site.core.exceptions import Refused

MOST_NOTE = 1000


@transaction.atomic
def skip_lease(*, annotator: Person, lease_id: UUID, reason: str, note: str, now: datetime) -> Skip:
    """Pass over a comparison: somebody else gets the place, this person never the pair again.

    Skipping again changes nothing and returns the first skip. Answers given before count for
    nothing, because the comparison was not completed.
    """
    if reason not in SkipReason.values:
        expected = ", ".join(SkipReason.values)
        raise Refused(f"reason {reason[:40]!r} is unknown; expected one of {expected}")
    if len(note) > MOST_NOTE:
        raise Refused(
            _("a note of %(n)s characters is too long; %(most)s are the most")
            % {"n": len(note), "most": MOST_NOTE}
        )
    lease = locked_lease(lease_id, annotator)
    if known := Skip.objects.filter(lease=lease).first():
        return known
    if lease.completed_at is not None:
        raise Refused(_("you have answered this comparison already; undo an answer to skip it"))
    if lease.lost_at is None:
        Lease.objects.filter(pk=lease.pk).update(lost_at=now)
        if lease.slot_id is not None:
            Slot.objects.filter(pk=lease.slot_id).update(held_until=GIVEN_BACK)
        lease.lost_at = now
    # A lease that went to somebody else meanwhile: the reason is worth knowing all the same.
    return Skip.objects.create(lease=lease, reason=reason, note=note)
