from __future__ import annotations

import pytest

from annotate_site.annotation.models import GoldQuestion, Purpose, Side
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent
from annotate_site.quality.selectors.gold import (
    gold_questions,
    question_rows,
    unanimous_comparisons,
)
from annotate_site.quality.services.gold import (
    change_question,
    gold_from_copies,
    gold_from_votes,
)
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import (
    NOON,
    ComparisonFactory,
    JudgementFactory,
    LeaseFactory,
    completed_lease,
)
from tests.factories.catalog import CandidateFactory, picture
from workbench.axes import AXES

pytestmark = pytest.mark.django_db


def voted(*ballots: dict[str, str], left=Side.FIRST, **person):
    comparison = ComparisonFactory()
    for index, verdicts in enumerate(ballots):
        completed_lease(
            comparison=comparison,
            index=index,
            verdicts=verdicts,
            left=left,
            annotator=PersonFactory(**person),
        )
    return comparison


ALL_LEFT = dict.fromkeys(AXES, "left")


def test_unanimous_votes_on_feeling_or_content_are_candidates() -> None:
    both = voted(*[ALL_LEFT] * 3)
    content = voted(ALL_LEFT, ALL_LEFT, {**ALL_LEFT, "emo": "right"})
    voted(ALL_LEFT, ALL_LEFT)
    voted(*[dict.fromkeys(AXES, "tie")] * 3)
    voted({**ALL_LEFT, "emo": "right", "con": "tie"}, ALL_LEFT, ALL_LEFT)
    found, count = unanimous_comparisons(limit=10)
    assert count == 2
    assert {row.comparison_id: row.answers for row in found} == {
        both.pk: {"emo": "first", "con": "first"},
        content.pk: {"con": "first"},
    }


def test_beauty_is_never_known(manager) -> None:
    only_beauty = voted(
        {"emo": "left", "con": "left", "cre": "left"},
        {"emo": "right", "con": "right", "cre": "left"},
        {"emo": "tie", "con": "tie", "cre": "left"},
    )
    assert unanimous_comparisons(limit=10) == ([], 0)
    with pytest.raises(Refused, match="its votes are not"):
        gold_from_votes(comparison=only_beauty, by=manager, use="gold", explanation="")
    question = gold_from_votes(
        comparison=voted(*[ALL_LEFT] * 3), by=manager, use="gold", explanation=""
    )
    assert {answer.axis for answer in question.answers.all()} == {"emo", "con"}


def test_the_side_is_undone_in_the_known_answer(manager) -> None:
    comparison = voted(*[ALL_LEFT] * 3, left=Side.SECOND)
    question = gold_from_votes(comparison=comparison, by=manager, use="gold", explanation="Why")
    assert {answer.better for answer in question.answers.all()} == {"second"}
    event = AuditEvent.objects.get()
    assert event.after == {
        "use": "gold",
        "source": "unanimous",
        "answers": {"emo": "second", "con": "second"},
    }
    assert unanimous_comparisons(limit=10) == ([], 0)
    with pytest.raises(Refused):
        gold_from_votes(comparison=comparison, by=manager, use="gold", explanation="")
    assert GoldQuestion.objects.count() == 1


def test_excluded_and_simulated_people_make_nothing_known() -> None:
    voted(*[ALL_LEFT] * 3, weight=0)
    simulated = voted(*[ALL_LEFT] * 3, is_simulated=True)
    assert unanimous_comparisons(limit=10) == ([], 0)
    found, _ = unanimous_comparisons(limit=10, include_simulated=True)
    assert [row.comparison_id for row in found] == [simulated.pk]


@pytest.mark.parametrize(
    ("use", "explanation"), [("work", ""), ("", ""), ("gold'--", ""), ("gold", "x" * 501)]
)
def test_senseless_uses_and_endless_explanations_are_refused(manager, use, explanation) -> None:
    comparison = voted(*[ALL_LEFT] * 3)
    with pytest.raises(Refused):
        gold_from_votes(comparison=comparison, by=manager, use=use, explanation=explanation)
    assert GoldQuestion.objects.count() == 0


def test_each_question_tells_how_often_it_is_answered_rightly(manager) -> None:
    question = gold_from_votes(
        comparison=voted(*[ALL_LEFT] * 3), by=manager, use="gold", explanation=""
    )
    for left, verdict in ((Side.FIRST, "left"), (Side.SECOND, "left"), (Side.SECOND, "right")):
        lease = LeaseFactory(
            slot=None,
            comparison=question.comparison,
            purpose=Purpose.GOLD,
            left=left,
            answered_at=NOON,
            completed_at=NOON,
        )
        for axis in AXES:
            JudgementFactory(lease=lease, axis=axis, verdict=verdict)
    (row,) = question_rows(list(gold_questions()))
    # Two axes of three people; the second of them chose the wrong picture.
    assert (row.right.value, row.right.trials) == (pytest.approx(4 / 6), 6)
    assert row.is_bad


def test_a_bad_question_is_retired_and_brought_back(manager) -> None:
    question = gold_from_votes(
        comparison=voted(*[ALL_LEFT] * 3), by=manager, use="gold", explanation=""
    )
    values = {"use": "practice", "explanation": "Look at the sea."}
    change_question(question=question, by=manager, is_active=False, **values)
    assert not GoldQuestion.objects.get().is_active
    change_question(question=question, by=manager, is_active=True, **values)
    assert GoldQuestion.objects.get().is_active
    assert [event.after for event in AuditEvent.objects.filter(action="gold.changed")] == [
        {"use": "practice", "explanation": "Look at the sea.", "is_active": False},
        {"is_active": True},
    ]


def test_spoilt_copies_become_known_answers_for_unused_pictures(manager) -> None:
    for number in range(2):
        CandidateFactory(content=picture(number=number, size=(64, 64)), width=64, height=64)
    made = gold_from_copies(by=manager, use="gold", count=5, seed=1)
    assert len(made) == 2
    assert {question.source for question in made} == {"corrupted"}
    assert AuditEvent.objects.filter(action="gold.created", actor=manager).count() == 2
    with pytest.raises(Refused, match="every picture is in a known answer already"):
        gold_from_copies(by=manager, use="gold", count=1, seed=2)
    with pytest.raises(Refused, match="21 is not from 1 to 20"):
        gold_from_copies(by=manager, use="gold", count=21, seed=2)
