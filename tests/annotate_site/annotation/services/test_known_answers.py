from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.models import GoldQuestion, Lease, Purpose, Side
from annotate_site.annotation.services import next_lease, submit_judgements, undo_last
from annotate_site.annotation.services.judgements import Answer
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent
from tests.annotate_site.annotation.services.projects import project_with
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, ComparisonFactory, SilentGoldFactory

HEARD = NOON + timedelta(seconds=10)
pytestmark = pytest.mark.django_db


@pytest.fixture
def annotator() -> Person:
    """Asked nothing but gold, of which four answers decide."""
    project_with(gold_share_warm_up=1, gold_share=1, gold_window=4, gold_least=0.7)
    ComparisonFactory(overlap=1)
    return PersonFactory()


def answer_gold(annotator: Person, *, right: bool, at: datetime = HEARD) -> Lease:
    lease = next_lease(annotator=annotator, now=at - timedelta(seconds=10))
    assert (lease.purpose, lease.slot_id) == (Purpose.GOLD, None)
    verdict = "left" if (lease.left == Side.FIRST) == right else "right"
    answers = [Answer(axis, verdict) for axis in lease.axes]
    submit_judgements(annotator=annotator, lease_id=lease.pk, answers=answers, now=at)
    return lease


def standing(annotator: Person) -> str:
    return Person.objects.get(pk=annotator.pk).standing


def test_who_misses_too_many_is_paused_and_the_audit_log_says_so(annotator):
    SilentGoldFactory.create_batch(2)
    answer_gold(annotator, right=True)
    assert standing(annotator) == Standing.ACTIVE

    answer_gold(annotator, right=False)

    assert standing(annotator) == Standing.PAUSED
    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.subject_id) == (
        None,
        "person.paused",
        str(annotator.pk),
    )
    assert event.before == {"standing": "active"}
    assert event.after == {"standing": "paused", "right": 2, "of": 4}


def test_who_is_paused_gets_no_more_work(annotator):
    SilentGoldFactory.create_batch(3)
    for _ in range(2):
        answer_gold(annotator, right=False)

    with pytest.raises(Refused, match="your work is paused until a project manager has looked"):
        next_lease(annotator=annotator, now=NOON)


def test_who_is_right_often_enough_goes_on(annotator):
    SilentGoldFactory.create_batch(4)
    for _ in range(4):
        answer_gold(annotator, right=True)

    assert standing(annotator) == Standing.ACTIVE
    assert not AuditEvent.objects.exists()


def test_too_few_known_answers_decide_nothing(annotator):
    project_with(gold_share_warm_up=1, gold_window=5)
    SilentGoldFactory.create_batch(2)
    for _ in range(2):
        answer_gold(annotator, right=False)

    assert standing(annotator) == Standing.ACTIVE


def test_who_was_let_in_again_starts_afresh(annotator):
    SilentGoldFactory.create_batch(4)
    for _ in range(2):
        answer_gold(annotator, right=False)
    Person.objects.update(standing=Standing.ACTIVE)
    annotator = Person.objects.get(pk=annotator.pk)

    # The pause has the time of its transaction; what counts is answered after it.
    answer_gold(annotator, right=False, at=AuditEvent.objects.get().at + timedelta(minutes=1))

    assert standing(annotator) == Standing.ACTIVE


def test_withdrawn_questions_do_not_count(annotator):
    SilentGoldFactory.create_batch(2)
    answer_gold(annotator, right=False)
    GoldQuestion.objects.filter(comparison__leases__annotator=annotator).update(is_active=False)

    answer_gold(annotator, right=False)

    assert standing(annotator) == Standing.ACTIVE


def test_a_known_answer_can_be_undone_and_given_again(annotator):
    SilentGoldFactory()
    lease = answer_gold(annotator, right=False)

    undone = undo_last(annotator=annotator, now=HEARD)

    assert (undone, undone.answered, undone.completed_at) == (lease, 2, None)
    assert next_lease(annotator=annotator, now=HEARD) == lease
