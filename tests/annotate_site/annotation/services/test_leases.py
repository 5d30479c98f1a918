from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from django.db import connection, connections

from annotate_site.annotation.models import Comparison, Lease, Side, Slot
from annotate_site.annotation.services import next_lease, submit_judgement
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, ComparisonFactory, comparisons_of_one_clip
from tests.factories.catalog import ClipFactory
from workbench.axes import AXES

Result = TypeVar("Result")

LEASE = timedelta(seconds=1800)
LATER = NOON + LEASE + timedelta(seconds=1)


def in_threads(calls: list[Callable[[], Result]]) -> list[Result]:
    """Each call in a thread and connection of its own, all at once."""

    def run(call: Callable[[], Result]) -> Result:
        try:
            return call()
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        return list(pool.map(run, calls))


def complete(lease: Lease, *, now=NOON + timedelta(seconds=10)) -> None:
    for axis in AXES:
        submit_judgement(
            annotator=lease.annotator, lease_id=lease.pk, axis=axis, verdict="left", now=now
        )


@pytest.mark.django_db
def test_next_lease_is_none_without_comparisons():
    assert next_lease(annotator=PersonFactory(), now=NOON) is None


@pytest.mark.django_db
def test_next_lease_takes_the_free_slot_of_lowest_position():
    ComparisonFactory(position=0.7, overlap=1)
    early = ComparisonFactory(position=0.2, overlap=2)
    annotator = PersonFactory()

    lease = next_lease(annotator=annotator, now=NOON)

    assert (lease.comparison_id, lease.slot.index) == (early.pk, 0)
    assert (lease.annotator_id, lease.created_at, lease.answered) == (annotator.pk, NOON, 0)
    assert lease.expires_at == lease.slot.held_until == NOON + LEASE


@pytest.mark.django_db
@pytest.mark.parametrize(("duration_s", "wait_s"), [(30.0, 5.0), (1.5, 1.5)])
def test_next_lease_opens_after_the_seconds_to_listen_but_no_more_than_the_clip_has(
    duration_s, wait_s
):
    ComparisonFactory(clip=ClipFactory(duration_s=duration_s), overlap=1)

    lease = next_lease(annotator=PersonFactory(), now=NOON)

    assert lease.opens_at == NOON + timedelta(seconds=wait_s)


@pytest.mark.django_db
def test_next_lease_returns_the_unfinished_one_renewed():
    comparisons_of_one_clip(2, overlap=1)
    annotator = PersonFactory()
    first = next_lease(annotator=annotator, now=NOON)

    again = next_lease(annotator=annotator, now=NOON + timedelta(minutes=20))

    assert again == first
    assert again.expires_at == NOON + timedelta(minutes=20) + LEASE
    assert Slot.objects.get(pk=first.slot_id).held_until == again.expires_at
    assert again.opens_at == first.opens_at


@pytest.mark.django_db
def test_next_lease_passes_over_closed_comparisons():
    ComparisonFactory(overlap=1, is_open=False)

    assert next_lease(annotator=PersonFactory(), now=NOON) is None


@pytest.mark.django_db
def test_next_lease_never_gives_a_comparison_twice_to_one_person():
    comparisons_of_one_clip(3, overlap=2)
    annotator = PersonFactory()
    seen = []
    while lease := next_lease(annotator=annotator, now=NOON):
        seen.append(lease.comparison_id)
        complete(lease)

    assert sorted(seen) == sorted(Comparison.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_next_lease_shows_sides_in_balanced_blocks():
    straight = ComparisonFactory(position=0, overlap=4, even_shows_first_left=True)
    ComparisonFactory(position=1, overlap=4, even_shows_first_left=False)
    for annotator in PersonFactory.create_batch(4):
        while lease := next_lease(annotator=annotator, now=NOON):
            complete(lease)

    sides = {
        (lease.comparison_id == straight.pk, lease.slot.index): lease.left
        for lease in Lease.objects.select_related("slot")
    }
    assert [sides[True, index] for index in range(4)] == ["first", "second"] * 2
    assert [sides[False, index] for index in range(4)] == ["second", "first"] * 2


@pytest.mark.django_db
def test_next_lease_hands_an_expired_slot_to_somebody_else_on_the_same_side():
    ComparisonFactory(overlap=1)
    slow, quick = PersonFactory.create_batch(2)
    expired = next_lease(annotator=slow, now=NOON)

    assert next_lease(annotator=quick, now=NOON + LEASE) is None
    taken = next_lease(annotator=quick, now=LATER)

    expired.refresh_from_db()
    assert (taken.slot_id, taken.left) == (expired.slot_id, Side.FIRST)
    assert expired.lost_at == LATER
    assert next_lease(annotator=slow, now=LATER) is None


@pytest.mark.django_db
def test_next_lease_gives_an_expired_lease_back_to_its_holder_first():
    ComparisonFactory(overlap=1)
    annotator = PersonFactory()
    expired = next_lease(annotator=annotator, now=NOON)

    assert next_lease(annotator=annotator, now=LATER) == expired
    assert next_lease(annotator=PersonFactory(), now=LATER) is None


@pytest.mark.django_db(transaction=True)
def test_next_lease_gives_two_windows_of_one_person_the_same_lease():
    comparisons_of_one_clip(6, overlap=1)
    annotator = PersonFactory()

    leases = in_threads([lambda: next_lease(annotator=annotator, now=NOON)] * 6)

    assert len({lease.pk for lease in leases}) == 1
    assert Lease.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_next_lease_gives_everybody_another_slot_and_never_too_many():
    comparisons_of_one_clip(3, overlap=2)
    people = PersonFactory.create_batch(8)

    leases = in_threads(
        [lambda person=person: next_lease(annotator=person, now=NOON) for person in people]
    )

    slots = [lease.slot_id for lease in leases if lease is not None]
    assert len(slots) == len(set(slots)) == 6


@pytest.mark.django_db(transaction=True)
def test_next_lease_hands_an_expired_slot_to_one_of_many_only():
    ComparisonFactory(overlap=1)
    next_lease(annotator=PersonFactory(), now=NOON)
    people = PersonFactory.create_batch(6)

    leases = in_threads(
        [lambda person=person: next_lease(annotator=person, now=LATER) for person in people]
    )

    assert sum(lease is not None for lease in leases) == 1
    assert Lease.objects.filter(lost_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_annotators_at_once_fill_every_slot_exactly_once():
    comparisons_of_one_clip(5, overlap=3)
    people = PersonFactory.create_batch(6)

    def work(person):
        while lease := next_lease(annotator=person, now=NOON):
            complete(lease)

    in_threads([lambda person=person: work(person) for person in people])

    completed = Lease.objects.filter(completed_at__isnull=False)
    per_slot = Counter(completed.values_list("slot_id", flat=True))
    assert sorted(per_slot.values()) == [1] * 15
    assert not Slot.objects.filter(done_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_answering_and_taking_over_at_once_leave_one_winner():
    ComparisonFactory(overlap=1)
    slow = PersonFactory()
    lease = next_lease(annotator=slow, now=NOON)
    people = PersonFactory.create_batch(4)

    def answer():
        try:
            complete(lease, now=LATER)
        except Exception as error:  # noqa: BLE001  the thread's result is judged below
            return type(error).__name__
        return "completed"

    outcome, *_ = in_threads(
        [answer, *[lambda person=p: next_lease(annotator=person, now=LATER) for p in people]]
    )

    lease.refresh_from_db()
    assert (outcome, lease.lost_at is None) in {("completed", True), ("Refused", False)}
    assert Lease.objects.filter(lost_at=None).count() == 1
    assert connection.is_usable()
