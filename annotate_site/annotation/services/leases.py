"""Which comparison an annotator gets, on which side its pictures lie, and for how long.

A slot is one annotator's place in a comparison. Its row is the lock for itself and its leases:
everything that changes either locks the slot first and the lease second.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.models import Lease, Slot
from annotate_site.core.exceptions import Refused

# Returns the annotator's oldest unfinished lease, else takes the next free slot, in one round trip.
# - SKIP LOCKED: people who ask at the same moment get different slots and never wait.
# - `held_until` repeats what the lease says, because PostgreSQL looks again only at the row that
#   it locks: when somebody else was quicker, the slot's new value is seen and the row passed over.
# - Reading `lost` in the INSERT makes its update come first, as the unique index demands.
_OWN_OR_FREE = """
WITH own AS (
    SELECT * FROM annotation_lease
    WHERE annotator_id = %(annotator)s AND completed_at IS NULL AND lost_at IS NULL
        AND id IS DISTINCT FROM %(besides)s::uuid
    ORDER BY created_at, id
    LIMIT 1
), free AS (
    SELECT slot.id, slot.comparison_id, slot.axes, clip.duration_s,
        (slot.index %% 2 = 0) = comparison.even_shows_first_left AS shows_first_left
    FROM annotation_slot AS slot
    JOIN annotation_comparison AS comparison ON comparison.id = slot.comparison_id
    JOIN catalog_clip AS clip ON clip.id = comparison.clip_id
    WHERE NOT EXISTS (SELECT 1 FROM own)
        AND slot.done_at IS NULL
        AND (slot.held_until IS NULL OR slot.held_until < %(now)s)
        AND comparison.is_open
        AND NOT EXISTS (
            SELECT 1 FROM annotation_lease AS seen
            WHERE seen.comparison_id = slot.comparison_id AND seen.annotator_id = %(annotator)s
        )
    ORDER BY slot.position, slot.index
    LIMIT 1
    FOR UPDATE OF slot SKIP LOCKED
), held AS (
    UPDATE annotation_slot SET held_until = %(expires)s
    FROM free WHERE annotation_slot.id = free.id
), lost AS (
    UPDATE annotation_lease SET lost_at = %(now)s
    FROM free WHERE annotation_lease.slot_id = free.id AND annotation_lease.lost_at IS NULL
    RETURNING 1
), fresh AS (
    INSERT INTO annotation_lease
        (id, created_at, slot_id, comparison_id, annotator_id, purpose, axes, "left", opens_at,
         expires_at, answered)
    SELECT %(id)s, %(now)s, free.id, free.comparison_id, %(annotator)s, 'work', free.axes,
        CASE WHEN free.shows_first_left THEN 'first' ELSE 'second' END,
        %(now)s + LEAST(%(listen_s)s, free.duration_s) * interval '1 second', %(expires)s, 0
    FROM free
    WHERE (SELECT count(*) FROM lost) >= 0
    RETURNING *
)
SELECT * FROM own UNION ALL SELECT * FROM fresh
"""


def expiry(now: datetime) -> datetime:
    """When a lease that is taken or used at `now` ends."""
    return now + timedelta(seconds=settings.LEASE_SECONDS)


def lock_annotator(annotator: Person) -> None:
    """Let the annotator's windows wait for each other, so that two of them get the same lease."""
    Person.objects.select_for_update(no_key=True).filter(pk=annotator.pk).values("pk").get()


@transaction.atomic
def next_lease(*, annotator: Person, now: datetime, besides: UUID | None = None) -> Lease | None:
    """The annotator's unfinished lease, renewed, else a lease on the next free slot.

    `besides` is a lease in hand that does not count: services.ahead asks for the one after it.
    None when nothing is left that this annotator has not seen.
    """
    if annotator.standing != Standing.ACTIVE:
        raise Refused("your work is paused until a project manager has looked at it")
    lock_annotator(annotator)
    while True:
        lease = _own_or_free(annotator, now, besides)
        # Somebody may take the expired slot between the two statements: then ask again.
        if lease is None or lease.created_at == now or _renew(lease, now):
            return lease


def _own_or_free(annotator: Person, now: datetime, besides: UUID | None) -> Lease | None:
    parameters = {
        "id": uuid4(),
        "annotator": annotator.pk,
        "besides": besides,
        "now": now,
        "expires": expiry(now),
        "listen_s": settings.LISTEN_SECONDS,
    }
    lease = next(iter(Lease.objects.raw(_OWN_OR_FREE, parameters)), None)
    if lease is not None:
        lease.annotator = annotator
    return lease


def _renew(lease: Lease, now: datetime) -> bool:
    """Move the lease's end; False when its slot has gone to somebody else."""
    Slot.objects.select_for_update().filter(pk=lease.slot_id).values("pk").get()
    kept = Lease.objects.filter(pk=lease.pk, completed_at=None, lost_at=None)
    if not kept.update(expires_at=expiry(now)):
        return False
    Slot.objects.filter(pk=lease.slot_id).update(held_until=expiry(now))
    lease.expires_at = expiry(now)
    return True
