from __future__ import annotations

from datetime import datetime

from django.db import transaction

from annotate_site.accounts.models import Person
from annotate_site.accounts.services import erase_person
from annotate_site.annotation.models import GIVEN_BACK, Lease, Skip, Slot


@transaction.atomic
def delete_account(*, person: Person, withdraws: bool, now: datetime) -> None:
    """Delete what names the person. Answers stay under the pseudonym; `withdraws` sets their
    weight to 0, so that later snapshots leave them out.

    What the person had in hand goes back for others.
    """
    in_hand = Lease.objects.filter(annotator=person, completed_at=None, lost_at=None)
    # Slots first, leases second, as everywhere.
    slots = list(
        Slot.objects.select_for_update(of=("self",))
        .filter(pk__in=in_hand.values("slot_id"))
        .values_list("pk", flat=True)
    )
    in_hand.update(lost_at=now)
    Slot.objects.filter(pk__in=slots, done_at=None).update(held_until=GIVEN_BACK)
    # Notes are the only free text that annotators leave; it may tell who they are.
    Skip.objects.filter(lease__annotator=person).update(note="")
    erase_person(person=person, withdraws=withdraws, now=now)
