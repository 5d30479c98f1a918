from __future__ import annotations

from datetime import timedelta

import pytest

from annotate_site.accounts.models import Cohort, Standing
from annotate_site.annotation.models import Judgement, Lease, Purpose, Side
from annotate_site.annotation.own_work.statistics import completion_of, own_statistics
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, ComparisonFactory, LeaseFactory, completed_lease

pytestmark = pytest.mark.django_db


def judge(person, count=1, *, comparisons=None, verdict="left", left=Side.FIRST, index=0):
    comparisons = comparisons or [ComparisonFactory() for _ in range(count)]
    verdicts = dict.fromkeys(("emo", "con", "cre"), verdict)
    for comparison in comparisons:
        completed_lease(
            comparison=comparison, annotator=person, verdicts=verdicts, left=left, index=index
        )
    return comparisons


def test_nothing_done_gives_no_numbers():
    statistics = own_statistics(PersonFactory())
    assert statistics == (0, 0, None, [], None, None)
    assert statistics.left_is_even
    assert statistics.left_percent is None


def test_own_statistics_counts_own_finished_work():
    person, other = PersonFactory(), PersonFactory()
    judge(person, 2, verdict="left")
    judge(person, 1, verdict="tie")
    judge(person, 1, verdict="right")
    judge(other, 3)
    LeaseFactory(annotator=person)
    Lease.objects.filter(pk=Lease.objects.filter(annotator=person, answered=3).first().pk).update(
        completed_at=NOON + timedelta(days=1)
    )
    Judgement.objects.filter(lease__annotator=person, axis="emo").update(response_ms=500)
    statistics = own_statistics(person)
    assert (statistics.comparisons, statistics.days, statistics.median_s) == (4, 2, 2.5)
    assert statistics.axes[0] == ("emo", "Feeling", 2, 1, 1, 0)
    assert (statistics.left.trials, statistics.left.value) == (9, 6 / 9)
    assert statistics.left_is_even


def test_training_and_answers_taken_back_are_left_out():
    person = PersonFactory()
    judge(person, 1)
    training = LeaseFactory(annotator=person)
    Lease.objects.filter(pk=training.pk).update(
        slot=None, purpose=Purpose.PRACTICE, answered=3, completed_at=NOON
    )
    Judgement.objects.filter(axis="cre").update(undone_at=NOON)
    statistics = own_statistics(person)
    assert statistics.comparisons == 1
    assert [row.axis for row in statistics.axes] == ["emo", "con"]


def test_known_answers_and_repeats_count_like_work():
    person = PersonFactory()
    judge(person, 3)
    for lease, purpose in zip(Lease.objects.all(), (Purpose.GOLD, Purpose.REPEAT), strict=False):
        Lease.objects.filter(pk=lease.pk).update(slot=None, purpose=purpose)
    assert own_statistics(person).comparisons == 3


def test_a_left_share_that_chance_does_not_explain_is_noticed():
    person = PersonFactory()
    judge(person, 10, verdict="left")
    statistics = own_statistics(person)
    assert statistics.left_percent == (100, 89, 100)
    assert not statistics.left_is_even


def test_agreement_undoes_the_sides_and_waits_for_enough():
    person, same, opposite = PersonFactory(), PersonFactory(), PersonFactory()
    comparisons = judge(person, 6, verdict="left", left=Side.FIRST)
    judge(same, comparisons=comparisons, verdict="right", left=Side.SECOND, index=1)
    assert own_statistics(person).agreement is None  # 18 answers.
    comparisons += judge(person, 1, verdict="left")
    judge(same, comparisons=comparisons[6:], verdict="left", index=1)
    assert own_statistics(person).agreement == (1.0, 21)
    judge(opposite, comparisons=comparisons, verdict="right", index=2)
    assert own_statistics(person).agreement == (0.5, 21)


def test_agreement_leaves_out_cannot_tell_excluded_people_and_programs():
    person = PersonFactory()
    comparisons = judge(person, 7)
    judge(PersonFactory(), comparisons=comparisons, verdict="left", index=1)
    judge(PersonFactory(weight=0), comparisons=comparisons, verdict="right", index=2)
    judge(PersonFactory(is_simulated=True), comparisons=comparisons, verdict="right", index=3)
    judge(PersonFactory(), comparisons=comparisons, verdict="cannot_tell", index=4)
    assert own_statistics(person).agreement == (1.0, 21)


@pytest.mark.parametrize(
    ("due", "judged", "expected"),
    [
        (2, 1, (1, 2, "")),
        (2, 2, (2, 2, "DONE-1")),
        (2, 3, (3, 2, "DONE-1")),
        (0, 0, (0, 1, "")),
        (0, 1, (1, 1, "DONE-1")),
    ],
)
def test_the_completion_code_comes_when_enough_is_judged(due, judged, expected):
    cohort = Cohort.objects.create(name="a", completion_code="DONE-1", comparisons_due=due)
    person = PersonFactory(cohort=cohort)
    judge(person, judged) if judged else None
    assert completion_of(person) == expected


def test_no_code_is_promised_to_those_who_cannot_get_one():
    plain = Cohort.objects.create(name="a")
    coded = Cohort.objects.create(name="b", completion_code="DONE-1", comparisons_due=5)
    assert completion_of(PersonFactory()) is None
    assert completion_of(PersonFactory(cohort=plain)) is None
    assert completion_of(PersonFactory(cohort=coded, standing=Standing.FAILED)) is None
