from __future__ import annotations

from datetime import timedelta

import pytest

from annotate_site.annotation.models import Comparison, Side, Slot
from annotate_site.annotation.services import next_lease, submit_judgements, undo_last
from annotate_site.annotation.services.extension import extend_if_unclear, is_clear
from annotate_site.annotation.services.judgements import Answer
from tests.annotate_site.annotation.services.projects import project_with
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, ComparisonFactory
from workbench.axes import AXES

HEARD = NOON + timedelta(seconds=10)
CLEAR = dict.fromkeys(AXES, "tie")


@pytest.mark.parametrize(
    ("votes", "clear"),
    [
        ({"first": 2, "second": 1}, True),
        ({"first": 3}, True),
        ({"first": 1, "second": 1, "tie": 1}, False),
        ({"first": 1, "second": 1}, False),
        ({"tie": 2, "second": 1}, True),
        ({"first": 3, "second": 2}, False),
        ({"first": 4, "second": 2, "tie": 1}, False),
        ({"first": 5, "second": 2}, True),
        ({}, False),
    ],
)
def test_is_clear_asks_for_two_to_one(votes, clear):
    assert is_clear(votes) is clear


def judge(verdicts: dict[str, str], *, weight: float = 1.0) -> None:
    """The next slot, answered by somebody new. Verdicts name candidates: first, second, tie."""
    annotator = PersonFactory(weight=weight)
    lease = next_lease(annotator=annotator, now=NOON)
    sides = {lease.left: "left", {"first": "second", "second": "first"}[lease.left]: "right"}
    answers = [Answer(axis, sides.get(verdicts[axis], verdicts[axis])) for axis in lease.axes]
    submit_judgements(annotator=annotator, lease_id=lease.pk, answers=answers, now=HEARD)


def axes_by_slot() -> list[list[str]]:
    return list(Slot.objects.order_by("index").values_list("axes", flat=True))


@pytest.fixture
def comparison(db) -> Comparison:
    project_with(extends=True)
    return ComparisonFactory(overlap=3)


def test_unclear_axis_alone_gets_two_more_slots_when_the_last_is_done(comparison):
    for verdict in (Side.FIRST, Side.SECOND):
        judge(CLEAR | {"con": verdict})
    assert len(axes_by_slot()) == 3

    judge(CLEAR)

    assert axes_by_slot()[3:] == [["con"], ["con"]]
    added = Slot.objects.filter(index__gte=3).order_by("index")
    assert [slot.position for slot in added] == [comparison.position] * 2


def test_clear_axes_get_no_more(comparison):
    for _ in range(3):
        judge(CLEAR)

    assert len(axes_by_slot()) == 3


def test_extension_goes_to_seven_and_no_further(comparison):
    votes = [Side.FIRST, Side.SECOND, "tie"] * 3
    for verdict in votes[:3]:
        judge(CLEAR | {"emo": verdict})
    for verdict in votes[3:5]:
        judge({"emo": verdict})
    assert axes_by_slot()[3:] == [["emo"]] * 4
    for verdict in votes[5:7]:
        judge({"emo": verdict})

    assert axes_by_slot()[3:] == [["emo"]] * 4
    assert next_lease(annotator=PersonFactory(), now=NOON) is None


def test_extension_stops_at_the_projects_most_overlap(comparison):
    project_with(extends=True, most_overlap=4)
    for verdict in (Side.FIRST, Side.SECOND, "tie"):
        judge(CLEAR | {"emo": verdict, "cre": verdict})

    assert axes_by_slot()[3:] == [["emo", "cre"]]


def test_extension_is_off_unless_the_project_wants_it(comparison):
    project_with(extends=False)
    for verdict in (Side.FIRST, Side.SECOND, "tie"):
        judge(dict.fromkeys(AXES, verdict))

    assert len(axes_by_slot()) == 3


def test_excluded_people_and_cannot_tell_are_no_votes(comparison):
    judge(CLEAR | {"emo": "first", "con": "first"})
    judge(CLEAR | {"emo": "first", "con": "second"})
    judge(CLEAR | {"emo": "second", "con": "cannot_tell"}, weight=0.0)

    assert axes_by_slot()[3:] == [["con"], ["con"]]


def test_answering_anew_after_an_undo_does_not_add_slots_twice(comparison):
    for verdict in (Side.FIRST, Side.SECOND):
        judge(CLEAR | {"cre": verdict})
    annotator = PersonFactory()
    lease = next_lease(annotator=annotator, now=NOON)
    answers = [Answer(axis, "tie") for axis in AXES]
    submit_judgements(annotator=annotator, lease_id=lease.pk, answers=answers, now=HEARD)
    undo_last(annotator=annotator, now=HEARD)

    submit_judgements(annotator=annotator, lease_id=lease.pk, answers=answers, now=HEARD)

    assert axes_by_slot()[3:] == [["cre"], ["cre"]]


def test_extend_if_unclear_leaves_a_comparison_without_slots_alone(db):
    assert extend_if_unclear(comparison_id=ComparisonFactory().pk) == []
