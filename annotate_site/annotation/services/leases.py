"""Which comparison an annotator gets, on which side its pictures lie, and for how long.

A slot is one annotator's place in a comparison. Its row is the lock for itself and its leases:
everything that changes either locks the slot first and the lease second. Known answers and
repeats have no slot, because nobody competes for them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.models import Lease, Project, Side, TopicOrder
from annotate_site.annotation.services.project import current_project
from annotate_site.annotation.services.taking import OWN_OR_NEXT, WITHOUT_WAITING, lease_of
from annotate_site.annotation.services.turns import begin_ahead
from annotate_site.core.exceptions import Refused
from annotate_site.core.statements import Statement
from workbench.axes import AXES

_NO_CAP = 2**31 - 1
# Windows of one person can be quicker than each other a few times, not for ever.
_MOST_ATTEMPTS = 20
_WHY_NO_WORK = {
    Standing.NEW: _("there are a few steps left before the first comparison; see your own page"),
    Standing.FAILED: _("the test was not passed, so there are no comparisons for you here"),
    Standing.PAUSED: _("your work is paused until a project manager has looked at it"),
}

# The slot first; the lease only while it is the annotator's. Says 1 when it was.
_RENEW = Statement(f"""
WITH place AS (
    SELECT id FROM annotation_slot WHERE id = %(slot)s::bigint FOR UPDATE
), kept AS (
    UPDATE annotation_lease SET expires_at = %(expires)s
    WHERE id = %(lease)s AND completed_at IS NULL AND lost_at IS NULL
        AND (SELECT count(*) FROM place) >= 0
    RETURNING slot_id
), held AS (
    UPDATE annotation_slot SET held_until = %(expires)s
    FROM kept WHERE annotation_slot.id = kept.slot_id
)
SELECT count(*), {WITHOUT_WAITING} FROM kept
""")


def expiry(now: datetime) -> datetime:
    """When a lease that is taken or used at `now` ends."""
    return now + timedelta(seconds=settings.LEASE_SECONDS)


def expiry_step() -> timedelta:
    """How much later a lease has to end before it is worth to write that down."""
    return timedelta(seconds=settings.LEASE_SECONDS / 30)


def lock_annotator(annotator: Person) -> None:
    """Let the annotator's windows wait for each other."""
    Person.objects.select_for_update(no_key=True).filter(pk=annotator.pk).values("pk").get()


def next_lease(*, annotator: Person, now: datetime, besides: UUID | None = None) -> Lease | None:
    """The annotator's unfinished lease, renewed, else a fresh one on the comparison that is next.

    That is mostly work; now and then, at the project's rates, a known answer or an own earlier
    comparison with swapped sides, which look the same. None when nothing is left that this
    annotator has not seen. `besides` is a lease in hand that does not count: services.ahead asks
    for the one after it. Raises Refused when this person is not to work, or not today.
    """
    if annotator.standing != Standing.ACTIVE:
        raise Refused(str(_WHY_NO_WORK[Standing(annotator.standing)]))
    project = current_project()
    from_start = False
    for _attempt in range(_MOST_ATTEMPTS):
        values = _parameters(annotator, project, now, besides) | {"from_start": from_start}
        wish, n_chosen, is_down_the_queue, _, *row = OWN_OR_NEXT.rows(values)[0]
        if row[0] is None:
            if wish == "rest":
                told = ngettext(
                    "you have judged %(n)s comparison today, which is the most for one day; "
                    "come back tomorrow",
                    "you have judged %(n)s comparisons today, which is the most for one day; "
                    "come back tomorrow",
                    project.daily_cap or 0,
                )
                raise Refused(told % {"n": project.daily_cap})
            if n_chosen == 0:
                if from_start or not is_down_the_queue:
                    return None
                from_start = True
            continue  # Another window of this person was quicker; its lease is found now.
        lease = lease_of(tuple(row), annotator)
        # Somebody may take the expired slot between the two statements: then ask again.
        if lease.pk == values["id"] or _renew(lease, now):
            return lease if besides else _begun(lease, annotator, now)
    raise Refused(_("your windows ask for comparisons all at once; close all but one and reload"))


def _begun(lease: Lease, annotator: Person, now: datetime) -> Lease:
    """A lease that was fetched ahead is no longer so when it is the one in hand."""
    if lease.is_ahead:
        lease.is_ahead, lease.opens_at = False, begin_ahead(annotator=annotator, now=now)[lease.pk]
    return lease


def _parameters(
    annotator: Person, project: Project, now: datetime, besides: UUID | None
) -> dict[str, Any]:
    lease_id = uuid4()
    rng = Random(f"{annotator.pseudonym} {lease_id}")
    return {
        "id": lease_id,
        "annotator": annotator.pk,
        "besides": besides,
        "seed": str(annotator.pseudonym),
        "now": now,
        "today": timezone.localtime(now).date(),
        "expires": expiry(now),
        "listen_s": project.listen_s,
        "order": topic_order(annotator, lease_id, project.topic_order),
        "side": rng.choice(Side.values),
        "warm_up": project.gold_warm_up,
        "gold_early": project.gold_share_warm_up,
        "gold_late": project.gold_share,
        "repeat_share": project.repeat_share,
        "daily_cap": _NO_CAP if project.daily_cap is None else project.daily_cap,
    }


def topic_order(annotator: Person, lease_id: UUID, order: str) -> list[str]:
    """All axes in the order in which this lease asks them; the same again for the same two."""
    axes: list[str] = list(AXES)
    if order == TopicOrder.RANDOM:
        Random(f"topics {annotator.pseudonym} {lease_id}").shuffle(axes)
    return axes


def _renew(lease: Lease, now: datetime) -> bool:
    """Move the lease's end; False when its slot has gone to somebody else."""
    values = {"lease": lease.pk, "slot": lease.slot_id, "expires": expiry(now)}
    ((n_kept, _),) = _RENEW.rows(values)
    lease.expires_at = expiry(now)
    return bool(n_kept)
