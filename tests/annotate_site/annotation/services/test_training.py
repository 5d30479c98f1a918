from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.models import (
    GoldQuestion,
    Judgement,
    Lease,
    Project,
    Purpose,
    Side,
)
from annotate_site.annotation.selectors import last_answer
from annotate_site.annotation.services.onboarding import settle_test
from annotate_site.annotation.services.training import (
    feedback_of,
    submit_training,
    training_lease,
    training_progress,
)
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import (
    NOON,
    GoldQuestionFactory,
    completed_lease,
)

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(seconds=60)


@pytest.fixture
def newcomer() -> Person:
    return PersonFactory(standing=Standing.NEW, instructions_version=3)


def lease_for(person: Person, purpose: Purpose = Purpose.PRACTICE) -> Lease | None:
    return training_lease(annotator=person, purpose=purpose, now=NOON)


def answer(lease: Lease, axis: str, verdict: str, **facts: object) -> Judgement:
    given = {"annotator": lease.annotator, "lease_id": lease.pk, "now": LATER} | facts
    return submit_training(axis=axis, verdict=verdict, **given)


def right(lease: Lease) -> str:
    better = GoldQuestion.objects.get(comparison=lease.comparison_id).answers.first().better
    return "left" if better == lease.left else "right"


def finish(lease: Lease, *, rightly: bool = True) -> None:
    for axis in lease.axes:
        answer(lease, axis, right(lease) if rightly else "tie")


def progress_of(person: Person, purpose: Purpose = Purpose.PRACTICE):
    project = Project.objects.get_or_create(pk=1)[0]
    return training_progress(person=person, purpose=purpose, project=project)


def set_project(**facts: object) -> None:
    Project.objects.update_or_create(pk=1, defaults=facts)


def test_a_training_lease_asks_the_known_axes_and_holds_no_slot(newcomer):
    question = GoldQuestionFactory(better__axes=("con",))
    lease = lease_for(newcomer)
    assert (lease.comparison, lease.purpose, lease.slot, lease.axes) == (
        question.comparison,
        "practice",
        None,
        ["con"],
    )
    assert lease.opens_at == NOON + timedelta(seconds=1.5)  # The whole of a short clip.


def test_a_training_lease_stays_the_same_until_it_is_finished(newcomer):
    GoldQuestionFactory.create_batch(3)
    lease = lease_for(newcomer)
    assert lease_for(newcomer) == lease
    answer(lease, "emo", "left")
    assert lease_for(newcomer) == lease
    answer(lease, "con", "left")
    assert lease_for(newcomer) != lease


def test_training_goes_through_as_many_pairs_as_the_project_asks_for(newcomer):
    set_project(practice_pairs=2)
    GoldQuestionFactory.create_batch(3)
    seen = set()
    for done in range(2):
        assert progress_of(newcomer)[:2] == (done, 2)
        lease = lease_for(newcomer)
        seen.add(lease.comparison_id)
        finish(lease)
    assert len(seen) == 2
    assert lease_for(newcomer) is None
    assert progress_of(newcomer) == (2, 2, 4, 4)


def test_training_ends_when_no_question_is_left(newcomer):
    GoldQuestionFactory(use=Purpose.QUALIFICATION)
    GoldQuestionFactory(use=Purpose.PRACTICE, is_active=False)
    GoldQuestionFactory(use=Purpose.GOLD)
    unanswerable = GoldQuestionFactory(use=Purpose.PRACTICE)
    unanswerable.answers.all().delete()
    completed_lease(
        comparison=GoldQuestionFactory(use=Purpose.PRACTICE).comparison, annotator=newcomer
    )
    assert lease_for(newcomer) is None
    assert progress_of(newcomer) == (0, 0, 0, 0)


def test_a_pair_in_hand_counts_as_due_even_when_its_question_is_taken_away(newcomer):
    question = GoldQuestionFactory()
    lease = lease_for(newcomer)
    GoldQuestion.objects.filter(pk=question.pk).update(is_active=False)
    assert progress_of(newcomer)[:2] == (0, 1)
    assert lease_for(newcomer) == lease
    finish(lease)
    assert progress_of(newcomer).is_complete


def test_training_lease_is_for_training(newcomer):
    for purpose in (Purpose.WORK, Purpose.GOLD, Purpose.REPEAT):
        with pytest.raises(Refused, match="is no training"):
            training_lease(annotator=newcomer, purpose=purpose, now=NOON)


@pytest.mark.parametrize("better", Side)
@pytest.mark.parametrize("verdict", ["left", "right", "tie", "cannot_tell"])
def test_feedback_says_which_picture_is_better_and_why(newcomer, better, verdict):
    GoldQuestionFactory(better=better)
    lease = lease_for(newcomer)
    feedback = feedback_of(answer(lease, "emo", verdict))
    assert feedback.better == ("left" if lease.left == better else "right")
    assert feedback.is_right == (verdict == feedback.better)
    assert feedback.explanation == "The other one is spoilt."


def test_feedback_of_a_test_is_refused(newcomer):
    GoldQuestionFactory(use=Purpose.QUALIFICATION)
    judgement = answer(lease_for(newcomer, Purpose.QUALIFICATION), "emo", "left")
    with pytest.raises(Refused, match="answers are told in practice only"):
        feedback_of(judgement)


def test_a_training_answer_keeps_the_version_of_the_instructions(newcomer):
    GoldQuestionFactory()
    stored = answer(lease_for(newcomer), "emo", "left", response_ms=900, listened_share=0.5)
    stored.refresh_from_db()
    assert (stored.instructions_version, stored.response_ms, stored.listened_share) == (3, 900, 0.5)


def test_the_same_training_answer_again_changes_nothing(newcomer):
    GoldQuestionFactory()
    lease = lease_for(newcomer)
    first = answer(lease, "emo", "left")
    assert answer(lease, "emo", "left") == first
    with pytest.raises(Refused, match="you have answered this already"):
        answer(lease, "emo", "right")
    assert Judgement.objects.count() == 1


@pytest.mark.parametrize(
    ("axis", "verdict", "facts", "why"),
    [
        ("cre", "left", {}, "axis 'cre' is not asked here"),
        ("x" * 9_000, "left", {}, "is not asked here"),
        ("con", "left", {}, "the axis 'emo' comes first"),
        ("emo", "both", {}, "verdict 'both' is unknown"),
        ("emo", "left", {"response_ms": -1}, "-1 ms is no response time"),
        ("emo", "left", {"response_ms": 10**12}, "is no response time"),
        ("emo", "left", {"listened_share": 1.5}, "1.5 is no share"),
        ("emo", "left", {"listened_share": float("nan")}, "nan is no share"),
        ("emo", "left", {"now": NOON}, "listen a little longer"),
        ("emo", "left", {"lease_id": uuid4()}, "not among yours"),
    ],
)
def test_a_bad_training_answer_is_refused_and_stores_nothing(newcomer, axis, verdict, facts, why):
    GoldQuestionFactory()
    lease = lease_for(newcomer)
    with pytest.raises(Refused, match=why):
        answer(lease, axis, verdict, **facts)
    lease.refresh_from_db()
    assert (Judgement.objects.count(), lease.answered) == (0, 0)


def test_a_foreign_training_lease_and_one_of_work_are_refused(newcomer):
    GoldQuestionFactory()
    lease = lease_for(newcomer)
    with pytest.raises(Refused, match="not among yours"):
        answer(lease, "emo", "left", annotator=PersonFactory())
    work = completed_lease(annotator=newcomer)
    with pytest.raises(Refused, match="not among yours"):
        answer(work, "emo", "left")
    assert not lease.judgements.exists()


def test_a_training_answer_is_no_answer_that_undo_takes_back(newcomer):
    GoldQuestionFactory()
    answer(lease_for(newcomer), "emo", "left")
    assert last_answer(newcomer) is None


@pytest.mark.parametrize(
    ("n_right", "standing"), [(5, "active"), (4, "active"), (3, "failed"), (0, "failed")]
)
def test_the_test_is_passed_at_the_projects_share(newcomer, n_right, standing):
    GoldQuestionFactory.create_batch(5, use=Purpose.QUALIFICATION)
    for number in range(5):
        newcomer.refresh_from_db()
        assert settle_test(person=newcomer).is_complete is False
        assert newcomer.standing == Standing.NEW
        finish(lease_for(newcomer, Purpose.QUALIFICATION), rightly=number < n_right)
    progress = settle_test(person=newcomer)
    assert (progress.right, progress.asked, newcomer.standing) == (2 * n_right, 10, standing)
    event = AuditEvent.objects.get()
    assert event.after == {"standing": standing, "right": 2 * n_right, "of": 10}
    settle_test(person=newcomer)
    assert AuditEvent.objects.count() == 1


def test_without_a_test_everybody_passes(newcomer):
    settle_test(person=newcomer)
    assert Person.objects.get(pk=newcomer.pk).standing == Standing.ACTIVE


def test_settle_test_leaves_those_alone_who_are_not_new():
    person = PersonFactory(standing=Standing.PAUSED)
    settle_test(person=person)
    assert Person.objects.get(pk=person.pk).standing == Standing.PAUSED


@pytest.mark.django_db(transaction=True)
def test_many_windows_get_the_same_training_pair(newcomer):
    GoldQuestionFactory.create_batch(4)
    barrier = Barrier(6)

    def one(_: int) -> object:
        try:
            barrier.wait(timeout=30)
            return lease_for(newcomer).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        leases = set(pool.map(one, range(6)))
    assert len(leases) == Lease.objects.count() == 1
