"""Answers: the browser names a lease, an axis and a verdict; the server knows everything else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate_site.accounts.models import Person
from annotate_site.annotation.axes import axes_asked, next_axis
from annotate_site.annotation.models import Judgement, Lease, Purpose, Slot, Verdict
from annotate_site.annotation.selectors import last_answer
from annotate_site.annotation.services.extension import extend_if_unclear
from annotate_site.annotation.services.known_answers import pause_if_unreliable
from annotate_site.annotation.services.leases import expiry, expiry_step, lock_annotator
from annotate_site.annotation.services.project import current_project
from annotate_site.annotation.services.storing import JUDGEMENT, LEASE, STORE, STORE_ON_PAGE
from annotate_site.core.exceptions import Refused
from workbench.axes import Axis

MOST_RESPONSE_MS = 86_400_000  # A day: a page that was left open longer says nothing.
STRENGTHS = (1, 2)  # 1: better, 2: much better.
_END = len(LEASE) + len(JUDGEMENT)  # Of what a row tells of lease and answer.


class Answer(NamedTuple):
    axis: str
    verdict: str
    strength: int | None = None
    response_ms: int | None = None
    listened_share: float | None = None


class Done(NamedTuple):
    """Comparisons that somebody has completed: in all, and on this day."""

    judged: int
    today: int


class Submission(NamedTuple):
    judgement: Judgement
    lease: Lease
    next_axis: Axis | None
    """What to ask next about the same comparison; None when it is complete."""
    is_replay: bool
    """Whether the same answer had been stored before, and nothing was changed now."""
    done: Done | None = None
    """With the comparison that this completed; None unless it was asked for, and for a replay."""


class Submissions(NamedTuple):
    judgements: list[Judgement]
    """In the order of the answers."""
    lease: Lease
    is_replay: bool
    """Whether all of them had been stored before."""
    done: Done | None = None


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
    on_page: bool = False,
) -> Submission:
    """Store one answer. The answer to the last axis completes the comparison.

    `on_page`: that begins the turn of the lease that was fetched ahead, and `done` is wanted.

    Sending the same answer again changes nothing and returns the stored one. A lease that has
    expired is good until its slot goes to somebody else.
    """
    answer = Answer(axis, verdict, strength, response_ms, listened_share)
    stored = submit_judgements(
        annotator=annotator, lease_id=lease_id, answers=[answer], now=now, on_page=on_page
    )
    (judgement,), lease, is_replay, done = stored
    return Submission(judgement, lease, next_axis(lease), is_replay, done)


def submit_judgements(
    *,
    annotator: Person,
    lease_id: UUID,
    answers: Sequence[Answer],
    now: datetime,
    on_page: bool = False,
) -> Submissions:
    """Store the answers to several axes of one comparison: all of them, or none.

    Those that were stored before count as sent again. Raises Refused as `submit_judgement` does.
    """
    _refuse_bad_values(answers)
    while True:
        if rows := _store(annotator, lease_id, answers, now, on_page):
            lease = LEASE.row(rows[0][: len(LEASE)])
            stored = (JUDGEMENT.row(row[len(LEASE) : _END]) for row in rows)
            by_axis = {judgement.axis: judgement for judgement in stored}
            break
        with transaction.atomic():
            lease = locked_lease(lease_id, annotator)
            by_axis = _stored_before(lease, answers)
            if remaining := [answer for answer in answers if answer.axis not in by_axis]:
                _refuse_bad_order_or_time(lease, remaining, now)
        if not remaining:
            return Submissions([by_axis[answer.axis] for answer in answers], lease, is_replay=True)
        # What stood in the way is gone, or some were stored before: the others are new.
        if len(remaining) < len(answers):
            rest = submit_judgements(
                annotator=annotator, lease_id=lease_id, answers=remaining, now=now, on_page=on_page
            )
            by_axis |= {judgement.axis: judgement for judgement in rest.judgements}
            every = [by_axis[answer.axis] for answer in answers]
            return Submissions(every, rest.lease, False, rest.done)
    lease.annotator = annotator
    done = None
    if lease.completed_at is not None:
        done = Done(*((before or 0) + 1 for before in rows[0][_END + 1 :])) if on_page else None
        _follow_up(lease, annotator)
    return Submissions([by_axis[answer.axis] for answer in answers], lease, False, done)


def _follow_up(lease: Lease, annotator: Person) -> None:
    """What the last answer to a comparison may set off, once that answer is safely stored."""
    if lease.purpose == Purpose.WORK and current_project().extends:
        extend_if_unclear(comparison_id=lease.comparison_id)
    if lease.purpose == Purpose.GOLD:
        pause_if_unreliable(annotator=annotator)


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
    lease = locked_lease(newest.lease_id, annotator)
    if lease.lost_at is not None or lease.answered != newest.topic_position + 1:
        return None  # It changed before the lock was ours.
    Judgement.objects.filter(pk=newest.pk).update(undone_at=now)
    Lease.objects.filter(pk=lease.pk).update(
        answered=lease.answered - 1, completed_at=None, expires_at=expiry(now)
    )
    if lease.slot_id is not None:
        Slot.objects.filter(pk=lease.slot_id).update(done_at=None, held_until=expiry(now))
    lease.refresh_from_db()
    return lease


def locked_lease(lease_id: UUID, annotator: Person) -> Lease:
    own = Lease.objects.filter(pk=lease_id, annotator=annotator)
    # The slot first, and by itself: a lease without one has nothing to lock there.
    Slot.objects.select_for_update().filter(pk__in=own.values("slot_id")).values("pk").first()
    lease = own.select_for_update().first()
    if lease is None:
        raise Refused(_("this comparison is not among yours; reload the page to get your own"))
    return lease


def _refuse_bad_values(answers: Sequence[Answer]) -> None:
    if len({answer.axis for answer in answers}) < max(len(answers), 1):
        raise Refused("answer each axis once")
    for answer in answers:
        refuse_bad_value(answer)


def refuse_bad_value(answer: Answer) -> None:
    """Raises Refused for a value that no answer can have, whatever it is an answer to."""
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


def _stored_before(lease: Lease, answers: Sequence[Answer]) -> dict[str, Judgement]:
    """The stored answers to the axes of `answers`. Refuses axes not asked, and other verdicts."""
    asked = axes_asked(lease)
    for answer in answers:
        if answer.axis not in asked:
            raise Refused(
                f"axis {answer.axis[:40]!r} is not asked; expected one of {', '.join(asked)}"
            )
    sent = {answer.axis: answer for answer in answers}
    stored = {
        judgement.axis: judgement
        for judgement in lease.judgements.filter(undone_at=None, axis__in=sent)
    }
    for axis, judgement in stored.items():
        if (judgement.verdict, judgement.strength) != (sent[axis].verdict, sent[axis].strength):
            told = _("you answered '%(verdict)s' to this already; undo it to change it")
            raise Refused(told % {"verdict": judgement.get_verdict_display()})
    return stored


def _refuse_bad_order_or_time(lease: Lease, remaining: list[Answer], now: datetime) -> None:
    if lease.lost_at is not None:
        raise Refused(
            _("this comparison lay open for so long that it went to somebody else; here is another")
        )
    coming = axes_asked(lease)[lease.answered :][: len(remaining)]
    sent = {answer.axis for answer in remaining}
    if missing := [axis for axis in coming if axis not in sent]:
        raise Refused(f"the axis {missing[0]!r} comes first")
    if now < lease.opens_at:
        missing_s = math.ceil((lease.opens_at - now).total_seconds())
        told = ngettext(
            "listen %(n)s more second to answer", "listen %(n)s more seconds to answer", missing_s
        )
        raise Refused(told % {"n": missing_s})


def _store(
    annotator: Person, lease_id: UUID, answers: Sequence[Answer], now: datetime, on_page: bool
) -> list[tuple[Any, ...]]:
    return (STORE_ON_PAGE if on_page else STORE).rows(
        {
            "lease": lease_id,
            "annotator": annotator.pk,
            "now": now,
            "expires": expiry(now),
            "renews_before": expiry(now) - expiry_step(),
            "listen_s": current_project().listen_s,
            "today": timezone.localtime(now).date(),
            "instructions_version": annotator.instructions_version,
            "count": len(answers),
            "ids": [uuid4() for _ in answers],
            "axes": [answer.axis for answer in answers],
            "verdicts": [answer.verdict for answer in answers],
            "strengths": [answer.strength for answer in answers],
            "responses_ms": [answer.response_ms for answer in answers],
            "listened_shares": [answer.listened_share for answer in answers],
        },
    )
