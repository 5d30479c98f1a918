"""Practice with feedback, and the qualification test: known answers before any work.

Their leases have no slot, ask only the axes whose answer is known, and are never votes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotate_site.accounts.models import Person
from annotate_site.annotation.axes import axes_asked, next_axis
from annotate_site.annotation.models import (
    GoldAnswer,
    GoldQuestion,
    Judgement,
    Lease,
    Project,
    Purpose,
    Side,
    Verdict,
)
from annotate_site.annotation.services.judgements import Answer, refuse_bad_value
from annotate_site.annotation.services.leases import expiry, lock_annotator
from annotate_site.annotation.services.project import current_project
from annotate_site.annotation.verdicts import chosen_side
from annotate_site.core.exceptions import Refused
from workbench.axes import AXES

TRAINING = (Purpose.PRACTICE, Purpose.QUALIFICATION)


class Feedback(NamedTuple):
    """What a practice answer is told. All texts are as they are stored."""

    judgement: Judgement
    is_right: bool
    better: str
    """left or right: where the better picture lay."""
    explanation: str


class TrainingProgress(NamedTuple):
    done: int
    due: int
    """Pairs to do in all: what the project asks for, or as many as exist."""
    right: int
    asked: int
    """Answers given in completed pairs, and how many of them were right."""

    @property
    def is_complete(self) -> bool:
        return self.done >= self.due


def training_progress(*, person: Person, purpose: Purpose, project: Project) -> TrainingProgress:
    wanted = project.practice_pairs if purpose == Purpose.PRACTICE else project.qualification_pairs
    own = Lease.objects.filter(annotator=person, purpose=purpose, lost_at=None)
    done = own.filter(completed_at__isnull=False).count()
    in_hand = own.filter(completed_at=None).count()
    marks = _marks(person, purpose)
    return TrainingProgress(
        done=done,
        due=min(wanted, done + in_hand + _unseen(person, purpose).count()),
        right=sum(marks),
        asked=len(marks),
    )


@transaction.atomic
def training_lease(*, annotator: Person, purpose: Purpose, now: datetime) -> Lease | None:
    """The annotator's unfinished pair of that purpose, else a fresh one; None when all are done."""
    if purpose not in TRAINING:
        raise Refused(f"{purpose!r} is no training; expected one of {', '.join(TRAINING)}")
    lock_annotator(annotator)  # Two windows get the same pair.
    own = Lease.objects.filter(annotator=annotator, purpose=purpose)
    if unfinished := own.filter(completed_at=None, lost_at=None).order_by("created_at").first():
        return unfinished
    project = current_project()
    progress = training_progress(person=annotator, purpose=purpose, project=project)
    question = None if progress.is_complete else _next_question(annotator, purpose)
    if question is None:
        return None
    listen_s = min(project.listen_s, question.comparison.clip.duration_s)
    known = {answer.axis for answer in question.answers.all()}
    return Lease.objects.create(
        comparison=question.comparison,
        annotator=annotator,
        purpose=purpose,
        axes=[axis for axis in AXES if axis in known],
        left=Random(f"{annotator.pseudonym} {question.pk}").choice(Side.values),
        opens_at=now + timedelta(seconds=listen_s),
        expires_at=expiry(now),
    )


@transaction.atomic
def submit_training(
    *,
    annotator: Person,
    lease_id: UUID,
    axis: str,
    verdict: str,
    now: datetime,
    response_ms: int | None = None,
    listened_share: float | None = None,
) -> Judgement:
    """Store an answer to a training pair. The same answer again changes nothing.

    There is no undo: in practice the answer is told at once, and a test is a test.
    """
    lease = (
        Lease.objects.select_for_update()
        .filter(pk=lease_id, annotator=annotator, purpose__in=TRAINING)
        .first()
    )
    if lease is None:
        raise Refused(_("this pair is not among yours; reload the page to get your own"))
    refuse_bad_value(Answer(axis, verdict, None, response_ms, listened_share))
    if axis not in axes_asked(lease):
        raise Refused(f"axis {axis[:40]!r} is not asked here")
    position = lease.axes.index(axis)
    if position < lease.answered:
        return _stored(lease, axis, verdict)
    if axis != next_axis(lease):
        raise Refused(f"the axis {next_axis(lease)!r} comes first")
    if now < lease.opens_at:
        raise Refused(_("listen a little longer before you answer"))
    lease.answered, lease.answered_at = position + 1, now
    if next_axis(lease) is None:
        lease.completed_at = now
    lease.save(update_fields=["answered", "answered_at", "completed_at"])
    return Judgement.objects.create(
        id=uuid4(),
        lease=lease,
        axis=axis,
        verdict=verdict,
        topic_position=position,
        instructions_version=annotator.instructions_version,
        response_ms=response_ms,
        listened_share=listened_share,
    )


def feedback_of(judgement: Judgement) -> Feedback:
    """What the known answer says to a practice answer. Of a test, nothing is told."""
    lease = judgement.lease
    if lease.purpose != Purpose.PRACTICE:
        raise Refused("answers are told in practice only")
    known = GoldAnswer.objects.select_related("question")
    answer = known.filter(question__comparison=lease.comparison_id, axis=judgement.axis).first()
    if answer is None:
        raise Refused(_("there is no known answer to this any more"))
    return Feedback(
        judgement=judgement,
        is_right=chosen_side(judgement.verdict, lease.left) == answer.better,
        better=Verdict.LEFT if answer.better == lease.left else Verdict.RIGHT,
        explanation=answer.question.explanation,
    )


def _unseen(person: Person, purpose: Purpose) -> QuerySet[GoldQuestion]:
    """Those that can be asked: in use, with an answer on some axis, and new to the person."""
    seen = Lease.objects.filter(annotator=person).values("comparison")
    questions = GoldQuestion.objects.filter(use=purpose, is_active=True, answers__isnull=False)
    return questions.exclude(comparison__in=seen).distinct()


def _next_question(annotator: Person, purpose: Purpose) -> GoldQuestion | None:
    """One that the annotator has not seen, in an order of their own."""
    unseen = list(
        _unseen(annotator, purpose)
        .select_related("comparison__clip")
        .prefetch_related("answers")
        .order_by("pk")
    )
    return Random(f"{annotator.pseudonym} {len(unseen)}").choice(unseen) if unseen else None


def _marks(person: Person, purpose: Purpose) -> list[bool]:
    """Of each answer in a completed pair, whether it was right."""
    rows = Judgement.objects.filter(
        undone_at=None,
        lease__annotator=person,
        lease__purpose=purpose,
        lease__completed_at__isnull=False,
    ).values_list("axis", "verdict", "lease__left", "lease__comparison")
    better = {
        (comparison, axis): side
        for comparison, axis, side in GoldAnswer.objects.filter(
            question__comparison__in=[row[-1] for row in rows]
        ).values_list("question__comparison", "axis", "better")
    }
    return [
        chosen_side(verdict, left) == better[comparison, axis]
        for axis, verdict, left, comparison in rows
        if (comparison, axis) in better
    ]


def _stored(lease: Lease, axis: str, verdict: str) -> Judgement:
    stored = lease.judgements.get(axis=axis, undone_at=None)
    if stored.verdict != verdict:
        raise Refused(_("you have answered this already, and it stays"))
    return stored
