"""What next_lease mixes into the work, in which order it asks, and whom it gives nothing."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.models import Comparison, GoldQuestion, Lease, Purpose, Slot
from annotate_site.annotation.selectors import completed_judgements, own_progress
from annotate_site.annotation.services import next_lease, submit_judgements, undo_last
from annotate_site.annotation.services.judgements import Answer
from annotate_site.annotation.services.leases import topic_order
from annotate_site.annotation.services.taking import REPEAT_AFTER
from annotate_site.core.exceptions import Refused
from tests.annotate_site.annotation.services.projects import project_with
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, SilentGoldFactory, SlotFactory, comparisons_of_one_clip
from workbench.axes import AXES

pytestmark = pytest.mark.django_db
PSEUDONYM = UUID(int=7)


def work(annotator: Person, count: int, *, begin: datetime = NOON) -> list[Lease]:
    """So many comparisons one after the other, a minute each."""
    leases = []
    for number in range(count):
        now = begin + timedelta(minutes=number)
        lease = next_lease(annotator=annotator, now=now)
        assert lease is not None, f"nothing left after {number}"
        answers = [Answer(axis, "left") for axis in lease.axes]
        submit_judgements(
            annotator=annotator, lease_id=lease.pk, answers=answers, now=now + timedelta(seconds=9)
        )
        leases.append(lease)
    return leases


def test_gold_comes_at_the_projects_rates_and_the_same_way_for_the_same_person():
    project_with(gold_share_warm_up=0.3, gold_share=0.1, gold_warm_up=40, gold_window=99)
    comparisons_of_one_clip(120, overlap=2)
    SilentGoldFactory.create_batch(30)
    person = PersonFactory(pseudonym=PSEUDONYM)

    purposes = [lease.purpose for lease in work(person, 100)]

    early, late = Counter(purposes[:40]), Counter(purposes[40:])
    # Drawn by the pseudonym and the number of the comparison alone, so these are facts.
    assert (early[Purpose.GOLD], late[Purpose.GOLD]) == (
        sum(_luck(n) < 0.3 for n in range(40)),
        sum(_luck(n) < 0.1 for n in range(40, 100)),
    )
    assert 6 <= early[Purpose.GOLD] <= 18
    assert 1 <= late[Purpose.GOLD] <= 13


def _luck(n: int) -> float:
    from hashlib import md5  # noqa: PLC0415  the statement's rule once more, in Python

    return int(md5(f"{PSEUDONYM} {n}".encode()).hexdigest()[:8], 16) / 2**32


def test_gold_looks_like_work_and_is_never_shown_twice():
    project_with(gold_share_warm_up=1, gold_window=99)
    comparisons_of_one_clip(1, overlap=1)
    SilentGoldFactory.create_batch(3)
    annotator = PersonFactory()

    leases = work(annotator, 4)

    assert [lease.purpose for lease in leases] == ["gold"] * 3 + ["work"]
    assert len({lease.comparison_id for lease in leases}) == 4
    assert [lease.axes for lease in leases] == [list(AXES)] * 4
    assert own_progress(annotator=annotator, now=NOON).judged == 4


def test_gold_is_not_taken_from_inactive_questions_nor_from_those_of_other_use():
    project_with(gold_share_warm_up=1)
    SilentGoldFactory(is_active=False)
    SilentGoldFactory(use=Purpose.PRACTICE)
    SilentGoldFactory(use=Purpose.QUALIFICATION)

    assert next_lease(annotator=PersonFactory(), now=NOON) is None
    GoldQuestion.objects.update(is_active=True)
    assert next_lease(annotator=PersonFactory(), now=NOON).purpose == Purpose.GOLD


def test_gold_and_repeats_are_no_votes():
    project_with(gold_share_warm_up=1, gold_window=99)
    comparisons_of_one_clip(1, overlap=1)
    SilentGoldFactory()

    *_, voted = work(PersonFactory(), 2)

    votes = completed_judgements(include_simulated=True)
    assert {judgement.lease_id for judgement in votes} == {voted.pk}


def test_own_comparison_comes_back_once_with_swapped_sides_after_many_others():
    comparisons_of_one_clip(REPEAT_AFTER + 2, overlap=1)
    project_with()
    annotator = PersonFactory()
    first, *_ = work(annotator, REPEAT_AFTER + 1)
    project_with(repeat_share=1)

    repeat, *others = work(annotator, 2, begin=NOON + timedelta(days=1))

    assert (repeat.purpose, repeat.slot_id) == (Purpose.REPEAT, None)
    assert (repeat.comparison_id, repeat.axes) == (first.comparison_id, first.axes)
    assert {repeat.left, first.left} == {"first", "second"}
    # One more comparison has passed since the second, and so that one may come.
    assert others[0].comparison_id != first.comparison_id
    assert Lease.objects.filter(comparison=first.comparison_id).count() == 2


def test_nothing_comes_back_too_early():
    comparisons_of_one_clip(REPEAT_AFTER + 1, overlap=1)
    project_with(repeat_share=1)
    annotator = PersonFactory()

    leases = work(annotator, REPEAT_AFTER)

    assert {lease.purpose for lease in leases} == {Purpose.WORK}


def test_daily_cap_ends_the_day_with_a_sentence_and_the_next_day_goes_on():
    project_with(daily_cap=2)
    comparisons_of_one_clip(4, overlap=1)
    annotator = PersonFactory()
    work(annotator, 2)

    with pytest.raises(Refused, match="you have judged 2 comparisons today, which is"):
        next_lease(annotator=annotator, now=NOON + timedelta(hours=1))
    assert next_lease(annotator=annotator, now=NOON + timedelta(hours=12)) is not None


def test_daily_cap_lets_somebody_finish_what_is_in_hand():
    project_with(daily_cap=1)
    comparisons_of_one_clip(3, overlap=1)
    annotator = PersonFactory()
    work(annotator, 1)
    undone = undo_last(annotator=annotator, now=NOON)

    assert next_lease(annotator=annotator, now=NOON) == undone


def test_daily_cap_of_zero_gives_nobody_work():
    project_with(daily_cap=0)
    comparisons_of_one_clip(1, overlap=1)

    with pytest.raises(Refused, match="you have judged 0 comparisons today"):
        next_lease(annotator=PersonFactory(), now=NOON)


@pytest.mark.parametrize(
    ("standing", "sentence"),
    [
        (Standing.NEW, "there are a few steps left before the first comparison"),
        (Standing.FAILED, "the test was not passed"),
        (Standing.PAUSED, "your work is paused until a project manager has looked at it"),
    ],
)
def test_only_the_active_get_work(standing, sentence):
    comparisons_of_one_clip(1, overlap=1)

    with pytest.raises(Refused, match=sentence):
        next_lease(annotator=PersonFactory(standing=standing), now=NOON)
    assert not Lease.objects.exists()


def test_topic_order_is_fixed_unless_the_project_wants_another_for_each():
    person = PersonFactory(pseudonym=PSEUDONYM)
    leases = [UUID(int=number) for number in range(60)]

    assert topic_order(person, leases[0], "fixed") == list(AXES)
    orders = [tuple(topic_order(person, lease, "random")) for lease in leases]
    assert orders == [tuple(topic_order(person, lease, "random")) for lease in leases]
    assert len(set(orders)) == 6
    assert all(sorted(order) == sorted(AXES) for order in orders)


def test_random_topic_order_is_stored_and_judgements_tell_the_position():
    project_with(topic_order="random")
    comparisons_of_one_clip(12, overlap=1)
    leases = work(PersonFactory(pseudonym=PSEUDONYM), 12)

    assert len({tuple(lease.axes) for lease in leases}) > 1
    for lease in leases:
        stored = lease.judgements.order_by("topic_position").values_list("axis", flat=True)
        assert list(stored) == lease.axes


def test_slot_of_one_axis_asks_that_axis_alone():
    project_with(topic_order="random")
    SlotFactory(axes=["cre"])

    (lease,) = work(PersonFactory(), 1)

    assert lease.axes == ["cre"]
    assert Slot.objects.get().done_at is not None


def test_gate_opens_after_the_projects_seconds():
    project_with(listen_s=1.25)
    comparisons_of_one_clip(1, overlap=1)

    lease = next_lease(annotator=PersonFactory(), now=NOON)

    assert lease.opens_at == NOON + timedelta(seconds=1.25)


def test_votes_carry_the_instructions_that_their_annotator_read_last():
    project_with()
    comparisons_of_one_clip(1, overlap=1)

    (lease,) = work(PersonFactory(instructions_version=4), 1)

    assert set(lease.judgements.values_list("instructions_version", flat=True)) == {4}


def test_unknown_purposes_leave_work_alone():
    """Practice in hand, which the entrance gives, is no work in hand."""
    project_with()
    comparisons_of_one_clip(1, overlap=1)
    annotator = PersonFactory()
    Lease.objects.create(
        comparison=SilentGoldFactory(use=Purpose.PRACTICE).comparison,
        annotator=annotator, purpose=Purpose.PRACTICE, left="first",
        opens_at=NOON, expires_at=NOON, id=uuid4(),
    )  # fmt: skip

    assert next_lease(annotator=annotator, now=NOON).purpose == Purpose.WORK
    assert Comparison.objects.count() == 2
