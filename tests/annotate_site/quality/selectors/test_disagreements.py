from __future__ import annotations

import math

import pytest

from annotate_site.annotation.models import Adjudication, Slot
from annotate_site.quality.models import Referral
from annotate_site.quality.selectors.disagreements import (
    count_disagreements,
    disagreements,
    votes_on,
)
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import ComparisonFactory, SlotFactory, completed_lease
from tests.factories.catalog import CandidateFactory
from workbench.axes import AXES

pytestmark = pytest.mark.django_db


def judged(*verdicts: str, comparison=None, axis="emo", person=None):
    """A comparison with these verdicts on one axis, and agreement on the others."""
    comparison = comparison or ComparisonFactory()
    for index, verdict in enumerate(verdicts):
        completed_lease(
            comparison=comparison,
            index=index,
            annotator=person if person and index == 0 else PersonFactory(),
            verdicts={axis: verdict},
        )
    return comparison


def found():
    return [
        (row.comparison_id, row.axis, round(row.disagreement, 3), round(row.information, 3))
        for row in disagreements(limit=10).rows
    ]


def entropy(*counts: int) -> float:
    shares = [count / sum(counts) for count in counts]
    return round(-sum(share * math.log(share) for share in shares) / math.log(3), 3)


def test_the_most_divided_votes_come_first() -> None:
    one_to_one = judged("left", "right")
    all_three = judged("left", "right", "tie")
    judged("left", "left", "right")
    judged("tie", "tie")
    assert found() == [
        (all_three.pk, "emo", 1.0, 1.0),
        (one_to_one.pk, "emo", entropy(1, 1), 1.0),
    ]
    assert count_disagreements() == 2


def test_pictures_of_which_much_is_known_come_later() -> None:
    known = ComparisonFactory()
    other = CandidateFactory(clip=known.clip)
    judged("left", "left", comparison=known)
    about_known = judged(
        "left",
        "right",
        comparison=ComparisonFactory(clip=known.clip, first=known.first, second=other),
    )
    about_new = judged("left", "right")
    half = entropy(1, 1)
    # One clear answer about one of its pictures: 1 / (1 + 1 / 2).
    assert found() == [
        (about_new.pk, "emo", half, 1.0),
        (about_known.pk, "emo", half, round(2 / 3, 3)),
    ]


def test_what_is_still_asked_settled_or_closed_does_not_wait(manager) -> None:
    SlotFactory(comparison=judged("left", "right"), index=2)
    settled = judged("left", "right")
    Adjudication.objects.create(comparison=settled, axis="emo", verdict="tie", decided_by=manager)
    judged("left", "right", comparison=ComparisonFactory(is_open=False))
    assert (found(), count_disagreements()) == ([], 0)


def test_a_place_that_asks_another_axis_does_not_hold_it_up() -> None:
    comparison = judged("left", "right")
    SlotFactory(comparison=comparison, index=2, axes=["cre"])
    assert [row[:2] for row in found()] == [(comparison.pk, "emo")]
    Slot.objects.filter(done_at=None).update(axes=["emo", "cre"])
    assert found() == []


def test_what_was_referred_comes_first_whatever_its_votes(manager) -> None:
    divided = judged("left", "right", "tie")
    agreed, unvoted, settled = judged("left", "left"), ComparisonFactory(), ComparisonFactory()
    SlotFactory(comparison=agreed, index=2)
    for comparison in (agreed, unvoted, settled):
        Referral.objects.create(comparison=comparison, axis="con", referred_by=manager)
    Adjudication.objects.create(comparison=settled, axis="con", verdict="tie", decided_by=manager)
    rows = disagreements(limit=10).rows
    assert [(row.comparison_id, row.axis, row.is_referred, row.worth) for row in rows] == [
        (agreed.pk, "con", True, 0.0),
        (unvoted.pk, "con", True, 0.0),
        (divided.pk, "emo", False, 1.0),
    ]
    assert [row.axis for row in disagreements(limit=10, axis="emo").rows] == ["emo"]


def test_cannot_tell_and_excluded_people_make_no_disagreement() -> None:
    judged("left", "cannot_tell")
    judged("right", "left", person=PersonFactory(weight=0))
    assert found() == []


def test_simulated_annotators_count_on_demand() -> None:
    comparison = judged("right", "left", person=PersonFactory(is_simulated=True))
    assert disagreements(limit=10) == ([], 0)
    rows = disagreements(limit=10, include_simulated=True).rows
    assert [row.comparison_id for row in rows] == [comparison.pk]


def test_queue_can_be_asked_for_one_axis_and_one_page() -> None:
    for axis in AXES:
        judged("left", "right", axis=axis)
    assert [row.axis for row in disagreements(limit=10, axis="con").rows] == ["con"]
    assert count_disagreements(axis="con") == 1
    first, last, beyond = (disagreements(limit=2, offset=offset) for offset in (0, 2, 4))
    assert [(len(part.rows), part.total) for part in (first, last, beyond)] == [
        (2, 3),
        (1, 3),
        (0, 0),
    ]


def test_votes_are_shown_by_picture_with_their_tally() -> None:
    comparison = judged("left", "right", "cannot_tell", person=PersonFactory(weight=0))
    emo, con, _ = votes_on(comparison)
    assert [vote.choice for vote in emo.votes] == ["first", "second", "cannot_tell"]
    assert emo.tally == {"first": 0, "second": 1, "tie": 0, "cannot_tell": 1}
    assert (emo.is_disputed, con.tally["first"]) == (False, 2)
