from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections

from annotate_site.annotation.models import Judgement, Lease, Slot
from annotate_site.annotation.selectors import shown_comparison
from annotate_site.annotation.services import (
    current_project,
    forget_project,
    next_lease,
    submit_judgement,
    submit_judgements,
    undo_last,
)
from annotate_site.annotation.services.judgements import Answer
from annotate_site.core.exceptions import Refused
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, ComparisonFactory, comparisons_of_one_clip
from workbench.axes import AXES

LEASE = timedelta(seconds=1800)
HEARD = NOON + timedelta(seconds=10)
LATER = NOON + LEASE + timedelta(seconds=1)


@pytest.fixture
def lease(db) -> Lease:
    ComparisonFactory(overlap=1)
    return next_lease(annotator=PersonFactory(), now=NOON)


def answer(lease: Lease, axis: str = "emo", verdict: str = "left", **values):
    values = {"annotator": lease.annotator, "lease_id": lease.pk, "now": HEARD} | values
    return submit_judgement(axis=axis, verdict=verdict, **values)


def complete(lease: Lease, **values) -> None:
    for axis in AXES:
        answer(lease, axis, **values)


def test_submit_judgement_stores_what_was_answered(lease):
    submission = answer(lease, verdict="right", response_ms=1234, listened_share=0.75, strength=2)

    stored = Judgement.objects.get()
    assert submission == (stored, lease, "con", False, None)
    assert (stored.lease_id, stored.axis, stored.verdict) == (lease.pk, "emo", "right")
    assert (stored.response_ms, stored.listened_share, stored.strength) == (1234, 0.75, 2)
    assert (stored.topic_position, stored.created_at, stored.undone_at) == (0, HEARD, None)


def test_submit_judgement_renews_lease_and_slot(lease):
    answer(lease, now=NOON + timedelta(minutes=20))

    lease.refresh_from_db()
    expected = NOON + timedelta(minutes=20) + LEASE
    assert (lease.answered, lease.expires_at, lease.completed_at) == (1, expected, None)
    slot = Slot.objects.get()
    assert (slot.held_until, slot.done_at) == (expected, None)


def test_submit_judgement_completes_with_the_third_axis(lease):
    submissions = [answer(lease, axis, "tie") for axis in AXES]

    lease.refresh_from_db()
    assert [submission.next_axis for submission in submissions] == ["con", "cre", None]
    assert (lease.answered, lease.completed_at) == (3, HEARD)
    assert Slot.objects.get().done_at == HEARD
    assert list(
        Judgement.objects.order_by("topic_position").values_list("axis", "topic_position")
    ) == [("emo", 0), ("con", 1), ("cre", 2)]


@pytest.mark.parametrize("n_answers", [1, 3])
def test_submit_judgement_again_returns_the_stored_answer(lease, n_answers):
    stored = [answer(lease, axis).judgement for axis in AXES[:n_answers]]

    again = answer(lease, "emo", now=HEARD + timedelta(days=3), response_ms=77)

    assert (again.judgement, again.is_replay) == (stored[0], True)
    assert again.judgement.response_ms is None
    assert Judgement.objects.count() == n_answers


def test_submit_judgement_refuses_another_verdict_for_an_answered_axis(lease):
    answer(lease, "emo", "left")

    with pytest.raises(Refused, match="you answered 'Left' to this already; undo it to change it"):
        answer(lease, "emo", "right")
    assert Judgement.objects.get().verdict == "left"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"axis": "fun"}, "axis 'fun' is not asked; expected one of emo, con, cre"),
        ({"axis": "cre"}, "the axis 'emo' comes first"),
        (
            {"verdict": "both"},
            "verdict 'both' is unknown; expected one of left, right, tie, cannot_tell",
        ),
        ({"verdict": "x" * 10_000}, f"verdict '{'x' * 40}' is unknown; .*"),
        ({"response_ms": -1}, "-1 ms is no response time from 0 to 86400000"),
        ({"response_ms": 86_400_001}, "86400001 ms is no response time from 0 to 86400000"),
        ({"listened_share": 1.01}, "1.01 is no share of the clip from 0 to 1"),
        ({"listened_share": -0.1}, "-0.1 is no share of the clip from 0 to 1"),
        ({"listened_share": float("nan")}, "nan is no share of the clip from 0 to 1"),
        ({"strength": 3}, "a strength is 1 or 2 and goes with left or right only"),
        (
            {"strength": 1, "verdict": "tie"},
            "a strength is 1 or 2 and goes with left or right only",
        ),
        (
            {"lease_id": uuid4()},
            "this comparison is not among yours; reload the page to get your own",
        ),
    ],
)
def test_submit_judgement_refuses_bad_input_and_stores_nothing(lease, values, message):
    with pytest.raises(Refused, match=f"^{message}$"):
        answer(lease, **values)
    assert Judgement.objects.count() == 0
    lease.refresh_from_db()
    assert lease.answered == 0


def test_submit_judgement_refuses_a_foreign_lease_as_unknown(lease):
    with pytest.raises(Refused, match="not among yours"):
        answer(lease, annotator=PersonFactory())
    assert Judgement.objects.count() == 0


@pytest.mark.parametrize(
    ("after_s", "missing"), [(0, "2 more seconds"), (0.4, "2 more seconds"), (0.6, "1 more second")]
)
def test_submit_judgement_names_the_seconds_that_are_missing(lease, after_s, missing):
    assert lease.comparison.clip.duration_s == 1.5

    with pytest.raises(Refused, match=f"^listen {missing} to answer$"):
        answer(lease, now=NOON + timedelta(seconds=after_s))
    assert Judgement.objects.count() == 0


def test_submit_judgement_opens_when_the_clip_can_have_been_heard(lease):
    assert not answer(lease, now=lease.opens_at).is_replay


def test_submit_judgement_accepts_an_expired_lease_that_nobody_took(lease):
    answer(lease, now=LATER)

    lease.refresh_from_db()
    assert (lease.answered, lease.expires_at) == (1, LATER + LEASE)
    assert next_lease(annotator=PersonFactory(), now=LATER) is None


def test_submit_judgement_refuses_a_lost_lease_kindly(lease):
    assert next_lease(annotator=PersonFactory(), now=LATER) is not None

    with pytest.raises(Refused, match="lay open for so long that it went to somebody else"):
        answer(lease, now=LATER)
    assert Judgement.objects.count() == 0


def test_submit_judgement_replays_an_answer_of_a_lost_lease(lease):
    stored = answer(lease).judgement
    next_lease(annotator=PersonFactory(), now=HEARD + 2 * LEASE)

    assert answer(lease, now=HEARD + 2 * LEASE).judgement == stored


@pytest.mark.django_db(transaction=True)
def test_submit_judgement_sent_many_times_at_once_is_stored_once():
    ComparisonFactory(overlap=1)
    lease = next_lease(annotator=PersonFactory(), now=NOON)

    def send(_: int):
        try:
            return answer(lease).is_replay
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(max_workers=6) as pool:
        replays = list(pool.map(send, range(6)))

    assert sorted(replays) == [False] + [True] * 5
    assert Judgement.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("n_comparisons", [1, 3])
def test_a_loop_of_next_and_three_answers_takes_4_statements(
    n_comparisons, settings, django_assert_num_queries
):
    settings.PROJECT_CACHE_SECONDS = 60
    comparisons_of_one_clip(n_comparisons, overlap=2)
    annotator = PersonFactory()
    current_project()

    # One each: no transaction is opened around them, because each is one of its own.
    with django_assert_num_queries(4 * n_comparisons):
        for _ in range(n_comparisons):
            lease = next_lease(annotator=annotator, now=NOON)
            shown_comparison(lease)
            complete(lease, annotator=annotator)
    forget_project()


def test_undo_last_takes_back_the_newest_answer_only(lease):
    answer(lease, "emo", "left")
    answer(lease, "con", "right")

    undone = undo_last(annotator=lease.annotator, now=HEARD)

    assert (undone, undone.answered) == (lease, 1)
    kept = Judgement.objects.filter(undone_at=None)
    assert list(kept.values_list("axis", flat=True)) == ["emo"]
    assert Judgement.objects.get(axis="con").undone_at == HEARD


def test_undo_last_reopens_a_completed_comparison_which_then_comes_first(lease):
    ComparisonFactory(overlap=1)
    complete(lease)
    following = next_lease(annotator=lease.annotator, now=HEARD)

    undone = undo_last(annotator=lease.annotator, now=HEARD)

    assert undone == lease != following
    assert (undone.answered, undone.completed_at) == (2, None)
    slot = Slot.objects.get(pk=lease.slot_id)
    assert (slot.done_at, slot.held_until) == (None, HEARD + LEASE)
    assert next_lease(annotator=lease.annotator, now=HEARD) == lease
    answer(lease, "cre", "right")
    assert next_lease(annotator=lease.annotator, now=HEARD) == following


def test_undo_last_goes_back_over_several_comparisons(lease):
    ComparisonFactory(overlap=1)
    complete(lease)
    second = next_lease(annotator=lease.annotator, now=HEARD)
    complete(second, annotator=lease.annotator, now=HEARD + timedelta(minutes=1))

    undone = [undo_last(annotator=lease.annotator, now=HEARD) for _ in range(7)]

    assert undone == [second] * 3 + [lease] * 3 + [None]
    assert next_lease(annotator=lease.annotator, now=HEARD) == lease


def test_undo_last_of_a_named_answer_works_once(lease):
    answer(lease, "emo")
    newest = answer(lease, "con").judgement

    values = {"annotator": lease.annotator, "now": HEARD, "judgement_id": newest.pk}
    assert undo_last(**values) == lease
    assert undo_last(**values) is None
    assert Judgement.objects.filter(undone_at=None).count() == 1


def test_undo_last_leaves_other_people_alone(lease):
    answer(lease)

    assert undo_last(annotator=PersonFactory(), now=HEARD) is None
    assert Judgement.objects.get().undone_at is None


def test_undo_last_leaves_a_lost_lease_alone(lease):
    answer(lease)
    next_lease(annotator=PersonFactory(), now=HEARD + 2 * LEASE)

    assert undo_last(annotator=lease.annotator, now=HEARD + 2 * LEASE) is None


def test_undone_axis_can_be_answered_otherwise_without_listening_again(lease):
    answer(lease, "emo", "left")
    undo_last(annotator=lease.annotator, now=HEARD)

    answer(lease, "emo", "right")

    undone, valid = Judgement.objects.order_by("undone_at")
    assert (undone.verdict, undone.undone_at) == ("left", HEARD)
    assert (valid.verdict, valid.undone_at) == ("right", None)


def answer_all(lease: Lease, *answers: Answer, **values):
    return submit_judgements(
        **{"annotator": lease.annotator, "lease_id": lease.pk, "answers": answers, "now": HEARD}
        | values
    )


LEFT = [Answer(axis, "left", strength=1) for axis in AXES]


def test_submit_judgements_stores_all_axes_at_once_in_any_order(lease):
    stored = answer_all(lease, *LEFT[::-1])

    assert [judgement.axis for judgement in stored.judgements] == ["cre", "con", "emo"]
    assert [judgement.topic_position for judgement in stored.judgements] == [2, 1, 0]
    assert (stored.is_replay, stored.lease.completed_at) == (False, HEARD)
    assert Slot.objects.get().done_at == HEARD


def test_submit_judgements_again_changes_nothing(lease):
    first = answer_all(lease, *LEFT)

    again = answer_all(lease, *LEFT, now=LATER)

    assert (again.judgements, again.is_replay) == (first.judgements, True)
    assert Judgement.objects.count() == 3


def test_submit_judgements_adds_to_what_was_answered_before(lease):
    answer(lease, "emo", "left", strength=1)

    stored = answer_all(lease, *LEFT)

    assert [judgement.axis for judgement in stored.judgements] == list(AXES)
    assert (stored.is_replay, stored.lease.answered) == (False, 3)
    assert Judgement.objects.count() == 3


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([], "answer each axis once"),
        ([LEFT[0], LEFT[0]], "answer each axis once"),
        ([LEFT[0], Answer("fun", "left")], "axis 'fun' is not asked; expected one of .*"),
        ([LEFT[0], LEFT[2]], "the axis 'con' comes first"),
        ([LEFT[0], Answer("con", "tie", strength=1)], "a strength is 1 or 2 and goes with .*"),
        ([LEFT[0], Answer("con", "left", response_ms=-5)], "-5 ms is no response time .*"),
    ],
)
def test_submit_judgements_stores_all_or_none(lease, answers, message):
    with pytest.raises(Refused, match=f"^{message}$"):
        answer_all(lease, *answers)
    assert Judgement.objects.count() == 0


def test_submit_judgements_refuses_what_contradicts_a_stored_answer(lease):
    answer(lease, "emo", "right")

    with pytest.raises(Refused, match="you answered 'Right' to this already"):
        answer_all(lease, *LEFT)
    assert Judgement.objects.count() == 1
