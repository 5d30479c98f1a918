from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from annotate_site.annotation.models import Lease, Project, Slot
from annotate_site.quality.measures.forecast import forecast
from tests.factories.annotation import (
    NOON,
    ComparisonFactory,
    SlotFactory,
    comparisons_of_one_clip,
    completed_lease,
)

pytestmark = pytest.mark.django_db


def project(**values) -> Project:
    return Project(**{"pay_per_comparison": Decimal("0.10"), **values})


def completed_on(day: int, count: int) -> None:
    """So many comparisons completed `day` days and one hour before noon."""
    for _ in range(count):
        lease = completed_lease()
        Lease.objects.filter(pk=lease.pk).update(completed_at=NOON - timedelta(days=day, hours=1))


def test_an_even_pace_gives_the_day_and_the_cost() -> None:
    for day in range(4):
        completed_on(day, 2)
    comparisons_of_one_clip(5, overlap=2)
    found = forecast(project=project(), now=NOON, unclear=None)
    assert (found.done, found.left) == (8, 10)
    assert (found.pace.mean, found.pace.low, found.pace.high) == (2.0, 2.0, 2.0)
    assert found.finish == found.earliest == found.latest == NOON + timedelta(days=5)
    assert (found.spent, found.cost_left) == (Decimal("0.80"), Decimal("1.00"))
    assert [(work.done, work.left) for work in found.axes] == [(8, 10)] * 3
    assert found.pace.days == [0] * 10 + [2] * 4


def test_an_uneven_pace_gives_a_range() -> None:
    for day, count in enumerate((5, 1, 3, 1)):
        completed_on(day, count)
    comparisons_of_one_clip(5, overlap=1)
    found = forecast(project=project(), now=NOON, unclear=None)
    assert found.pace.mean == 2.5
    assert found.earliest < found.finish < found.latest


def test_axes_that_a_place_does_not_ask_are_not_counted_there() -> None:
    SlotFactory(comparison=ComparisonFactory(), axes=["cre"])
    found = forecast(project=project(), now=NOON, unclear=None)
    assert {work.axis: work.left for work in found.axes} == {"emo": 0, "con": 0, "cre": 1}


def test_closed_comparisons_are_not_waited_for() -> None:
    ComparisonFactory(overlap=3, is_open=False)
    found = forecast(project=project(), now=NOON, unclear=None)
    assert (found.left, found.finish) == (0, NOON)


def test_without_a_pace_there_is_no_day() -> None:
    ComparisonFactory(overlap=3)
    completed_on(30, 2)
    found = forecast(project=project(), now=NOON, unclear=None)
    assert (found.pace, found.finish, found.latest) == (None, None, None)


def test_a_pace_of_centuries_gives_no_day() -> None:
    completed_on(0, 1)
    completed_on(13, 1)
    comparison = ComparisonFactory()
    Slot.objects.bulk_create(
        Slot(comparison=comparison, index=index, position=0) for index in range(1000)
    )
    assert forecast(project=project(), now=NOON, unclear=None).finish is None


def test_extension_is_expected_as_often_as_votes_are_unclear() -> None:
    comparisons_of_one_clip(8, overlap=3)
    off = forecast(project=project(), now=NOON, unclear=0.5)
    assert (off.extra, off.most_extra) == (0, 0)
    # From 3 to 7 in two rounds of two places: 8 comparisons x (2 x 0.5 + 2 x 0.25), at most 8 x 4.
    longer = project(extends=True, most_overlap=7)
    found = forecast(project=longer, now=NOON, unclear=0.5)
    assert (found.extra, found.most_extra, found.extra_cost) == (12, 32, Decimal("1.20"))


def test_an_empty_project_has_nothing_to_expect() -> None:
    found = forecast(project=project(extends=True), now=NOON, unclear=None)
    assert (found.done, found.left, found.pace, found.unclear, found.extra) == (0, 0, None, None, 0)
    assert found.finish == NOON
