"""Answers: the browser names a lease, an axis and a verdict; the server knows everything else."""

from __future__ import annotations

import math
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import transaction

from annotate_site.accounts.models import Person
from annotate_site.annotation.axes import axes_asked, next_axis
from annotate_site.annotation.models import Judgement, Lease, Slot, Verdict
from annotate_site.annotation.selectors import last_answer
from annotate_site.annotation.services.leases import expiry, lock_annotator
from annotate_site.core.exceptions import Refused
from workbench.axes import Axis

MOST_RESPONSE_MS = 86_400_000  # A day: a page that was left open longer says nothing.
STRENGTHS = (1, 2)  # 1: better, 2: much better.

# One round trip for the answer, the lease and the slot. The caller holds both rows' locks.
_STORE = """
WITH lease AS (
    UPDATE annotation_lease
    SET answered = %(position)s + 1, answered_at = %(now)s, expires_at = %(expires)s,
        completed_at = %(completed)s
    WHERE id = %(lease)s
), slot AS (
    UPDATE annotation_slot SET held_until = %(expires)s, done_at = %(completed)s
    WHERE id = %(slot)s
)
INSERT INTO annotation_judgement
    (id, created_at, lease_id, axis, verdict, strength, topic_position, response_ms, listened_share)
VALUES
    (%(id)s, %(now)s, %(lease)s, %(axis)s, %(verdict)s, %(strength)s, %(position)s,
     %(response_ms)s, %(listened_share)s)
RETURNING *
"""


class Answer(NamedTuple):
    axis: str
    verdict: str
    strength: int | None
    response_ms: int | None
    listened_share: float | None


class Submission(NamedTuple):
    judgement: Judgement
    lease: Lease
    next_axis: Axis | None
    """What to ask next about the same comparison; None when it is complete."""
    is_replay: bool
    """Whether the same answer had been stored before, and nothing was changed now."""


@transaction.atomic
def submit_judgement(
    *,
    annotator: Person,
    lease_id: UUID,
    axis: str,
    verdict: str,
    now: datetime,
    response_ms: int | None = None,
    listened_share: float | None = None,
    strength: int | None = None,
) -> Submission:
    """Store one answer. The answer to the last axis completes the comparison.

    Sending the same answer again changes nothing and returns the stored one. A lease that has
    expired is good until its slot goes to somebody else.
    """
    answer = Answer(axis, verdict, strength, response_ms, listened_share)
    _refuse_bad_values(answer)
    lease = _locked(lease_id, annotator)
    if axis not in axes_asked(lease):
        raise Refused(f"axis {axis!r} is not asked; expected one of {', '.join(axes_asked(lease))}")
    position = axes_asked(lease).index(axis)
    if position < lease.answered:
        return _replay(lease, answer)
    _refuse_bad_time(lease, position, now)
    return _store(lease, answer, position, now)


@transaction.atomic
def undo_last(
    *, annotator: Person, now: datetime, judgement_id: UUID | None = None
) -> Lease | None:
    """Take back the annotator's newest answer and return its lease, open again.

    With `judgement_id` it is taken back only while it is still the newest, so that a repeated
    request changes nothing. None when there is nothing to take back.
    """
    lock_annotator(annotator)
    newest = last_answer(annotator)
    if newest is None or judgement_id not in {None, newest.pk}:
        return None
    lease = _locked(newest.lease_id, annotator)
    if lease.lost_at is not None or lease.answered != newest.topic_position + 1:
        return None  # It changed before the lock was ours.
    Judgement.objects.filter(pk=newest.pk).update(undone_at=now)
    Lease.objects.filter(pk=lease.pk).update(
        answered=lease.answered - 1, completed_at=None, expires_at=expiry(now)
    )
    Slot.objects.filter(pk=lease.slot_id).update(done_at=None, held_until=expiry(now))
    lease.refresh_from_db()
    return lease


def _locked(lease_id: UUID, annotator: Person) -> Lease:
    lease = (
        Lease.objects.select_related("slot")
        .select_for_update(of=("slot", "self"))
        .filter(pk=lease_id, annotator=annotator, slot__isnull=False)
        .first()
    )
    if lease is None:
        raise Refused("this comparison is not among yours; reload the page to get your own")
    return lease


def _refuse_bad_values(answer: Answer) -> None:
    if answer.verdict not in Verdict.values:
        expected = ", ".join(Verdict.values)
        raise Refused(f"verdict {answer.verdict[:40]!r} is unknown; expected one of {expected}")
    if answer.response_ms is not None and not 0 <= answer.response_ms <= MOST_RESPONSE_MS:
        raise Refused(f"{answer.response_ms} ms is no response time from 0 to {MOST_RESPONSE_MS}")
    if answer.listened_share is not None and not 0 <= answer.listened_share <= 1:
        raise Refused(f"{answer.listened_share} is no share of the clip from 0 to 1")
    if answer.strength is None:
        return
    if answer.strength not in STRENGTHS or answer.verdict not in {Verdict.LEFT, Verdict.RIGHT}:
        raise Refused("a strength is 1 or 2 and goes with left or right only")


def _refuse_bad_time(lease: Lease, position: int, now: datetime) -> None:
    if lease.lost_at is not None:
        raise Refused(
            "this comparison lay open for so long that it went to somebody else; here is another"
        )
    if position > lease.answered:
        raise Refused(f"the axis {axes_asked(lease)[lease.answered]!r} comes first")
    if now < lease.opens_at:
        missing_s = math.ceil((lease.opens_at - now).total_seconds())
        raise Refused(f"listen {missing_s} more second{'' if missing_s == 1 else 's'} to answer")


def _replay(lease: Lease, answer: Answer) -> Submission:
    stored = lease.judgements.get(axis=answer.axis, undone_at=None)
    if stored.verdict != answer.verdict or stored.strength != answer.strength:
        raise Refused(
            f"you answered {stored.get_verdict_display()!r} to this already; undo it to change it"
        )
    return Submission(stored, lease, next_axis(lease), is_replay=True)


def _store(lease: Lease, answer: Answer, position: int, now: datetime) -> Submission:
    lease.answered, lease.answered_at, lease.expires_at = position + 1, now, expiry(now)
    if next_axis(lease) is None:
        lease.completed_at = now
    parameters = answer._asdict() | {
        "id": uuid4(),
        "lease": lease.pk,
        "slot": lease.slot_id,
        "position": position,
        "now": now,
        "expires": lease.expires_at,
        "completed": lease.completed_at,
    }
    (judgement,) = Judgement.objects.raw(_STORE, parameters)
    return Submission(judgement, lease, next_axis(lease), is_replay=False)
