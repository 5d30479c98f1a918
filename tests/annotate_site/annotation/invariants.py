"""What must hold in the database whatever people do at the same time."""

from __future__ import annotations

from collections import Counter

from annotate_site.annotation.models import Comparison, Judgement, Lease, Purpose, Slot, Tally
from workbench.axes import AXES


def assert_sound(comparisons: list[Comparison], most: dict[str, int]) -> None:
    """`most` is how many votes on each axis a comparison may get at the very most."""
    slots = list(Slot.objects.filter(comparison__in=comparisons).order_by("comparison", "index"))
    leases = list(Lease.objects.filter(comparison__in=comparisons))
    _assert_overlap_never_overshoots(slots, leases, most)
    _assert_nobody_sees_a_pair_twice(leases)
    _assert_sides_are_balanced(slots, leases)
    _assert_one_live_answer_per_axis(leases)
    _assert_tallies_are_true({lease.annotator_id for lease in leases})
    _assert_nobody_has_gone_past_what_they_have_not_seen(slots, leases)


def _assert_overlap_never_overshoots(
    slots: list[Slot], leases: list[Lease], most: dict[str, int]
) -> None:
    held = Counter(lease.slot_id for lease in leases if lease.slot_id and lease.lost_at is None)
    assert max(held.values(), default=0) <= 1
    completed = [lease for lease in leases if lease.slot_id and lease.completed_at is not None]
    for axis in AXES:
        asked = Counter(slot.comparison_id for slot in slots if axis in slot.axes)
        votes = Counter(lease.comparison_id for lease in completed if axis in lease.axes)
        assert max(asked.values(), default=0) <= most[axis]
        assert max(votes.values(), default=0) <= most[axis]
    assert {slot.pk for slot in slots if slot.done_at is not None} == {
        lease.slot_id for lease in completed
    }
    by_slot = {slot.pk: slot for slot in slots}
    for lease in leases:
        if lease.slot_id:
            assert sorted(lease.axes) == sorted(by_slot[lease.slot_id].axes)


def _assert_nobody_sees_a_pair_twice(leases: list[Lease]) -> None:
    seen = Counter(
        (lease.annotator_id, lease.comparison_id, lease.purpose == Purpose.REPEAT)
        for lease in leases
    )
    assert max(seen.values(), default=0) <= 1
    side = {
        (lease.annotator_id, lease.comparison_id): lease.left
        for lease in leases
        if lease.purpose == Purpose.WORK
    }
    for lease in leases:
        if lease.purpose == Purpose.REPEAT:
            assert side[lease.annotator_id, lease.comparison_id] != lease.left


def _assert_sides_are_balanced(slots: list[Slot], leases: list[Lease]) -> None:
    """A slot keeps its side through all its leases, and sides alternate from slot to slot."""
    sides: dict[int, set[str]] = {}
    for lease in leases:
        if lease.slot_id:
            sides.setdefault(lease.slot_id, set()).add(lease.left)
    assert all(len(shown) == 1 for shown in sides.values())
    by_comparison: dict[object, list[Slot]] = {}
    for slot in slots:
        by_comparison.setdefault(slot.comparison_id, []).append(slot)
    for group in by_comparison.values():
        assert [slot.index for slot in group] == list(range(len(group)))
        if len(sides.keys() & {slot.pk for slot in group}) == len(group):
            shown = Counter(next(iter(sides[slot.pk])) for slot in group)
            assert abs(shown["first"] - shown["second"]) <= 1


def _assert_one_live_answer_per_axis(leases: list[Lease]) -> None:
    live: dict[object, Counter[str]] = {}
    for judgement in Judgement.objects.filter(lease__in=leases, undone_at=None):
        live.setdefault(judgement.lease_id, Counter())[judgement.axis] += 1
    for lease in leases:
        answers = live.get(lease.pk, Counter())
        assert max(answers.values(), default=0) <= 1
        assert sorted(answers) == sorted(lease.axes[: lease.answered])
        assert (lease.completed_at is not None) == (lease.answered == len(lease.axes))


_OF_THE_LOOP = (Purpose.WORK, Purpose.GOLD, Purpose.REPEAT)


def _assert_tallies_are_true(annotators: set[int]) -> None:
    own = list(Lease.objects.filter(annotator__in=annotators, purpose__in=_OF_THE_LOOP))
    handed = Counter(lease.annotator_id for lease in own)
    days = [(lease.annotator_id, lease.completed_at) for lease in own if lease.completed_at]
    judged = Counter(annotator for annotator, _ in days)
    tallies = {tally.annotator_id: tally for tally in Tally.objects.filter(annotator__in=handed)}
    assert {annotator: tally.handed for annotator, tally in tallies.items()} == handed
    for annotator, tally in tallies.items():
        on_day = [at for who, at in days if who == annotator and at.date() == tally.day]
        assert (tally.judged, tally.today) == (judged[annotator], len(on_day))


def _assert_nobody_has_gone_past_what_they_have_not_seen(
    slots: list[Slot], leases: list[Lease]
) -> None:
    seen = {(lease.annotator_id, lease.comparison_id) for lease in leases}
    untouched = [slot for slot in slots if slot.held_until is None and slot.done_at is None]
    for tally in Tally.objects.filter(queue_position__isnull=False):
        passed = {slot.comparison_id for slot in untouched if slot.position < tally.queue_position}
        assert all((tally.annotator_id, comparison) in seen for comparison in passed)
