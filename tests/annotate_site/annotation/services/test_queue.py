"""How far down the queue somebody is, and what still reaches them from behind."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from psycopg import RawCursor

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Lease, Tally
from annotate_site.annotation.services import (
    Answer,
    current_project,
    next_lease,
    skip_lease,
    submit_judgements,
    undo_last,
    walk_queue_anew,
)
from annotate_site.annotation.services.leases import _parameters
from annotate_site.annotation.services.taking import OWN_OR_NEXT
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import (
    NOON,
    ComparisonFactory,
    comparisons_of_one_clip,
    project_with,
)
from workbench.axes import AXES

pytestmark = pytest.mark.django_db


def judge(annotator: Person, count: int) -> list[Lease]:
    """Take and complete so many."""
    leases = []
    for _ in range(count):
        lease = next_lease(annotator=annotator, now=NOON)
        assert lease is not None
        answers = [Answer(axis, "left") for axis in AXES]
        later = NOON + timedelta(seconds=10)
        submit_judgements(annotator=annotator, lease_id=lease.pk, answers=answers, now=later)
        leases.append(lease)
    return leases


def test_the_tally_follows_what_is_taken_completed_undone_and_deleted() -> None:
    project_with(repeat_share=0)
    comparisons_of_one_clip(3, overlap=1)
    annotator = PersonFactory()

    def tally() -> tuple[int, int, int]:
        kept = Tally.objects.get(annotator=annotator)
        return kept.handed, kept.judged, kept.today

    judge(annotator, 2)
    next_lease(annotator=annotator, now=NOON)
    assert tally() == (3, 2, 2)
    undo_last(annotator=annotator, now=NOON)
    assert tally() == (3, 1, 1)
    Lease.objects.filter(judgements=None).delete()
    assert tally() == (2, 1, 1)


def test_next_lease_notes_the_place_at_every_eighth_comparison() -> None:
    project_with(repeat_share=0)
    comparisons = comparisons_of_one_clip(10, overlap=2)
    annotator = PersonFactory()

    judge(annotator, 10)

    assert Tally.objects.get().queue_position == comparisons[8].position


def test_next_lease_passes_over_a_few_places_however_many_have_been_seen() -> None:
    """A second place of each comparison stays free, so that a walk from the start passes all."""
    project_with(repeat_share=0)
    comparisons_of_one_clip(45, overlap=2)
    annotator = PersonFactory()
    judge(annotator, 43)

    values = _parameters(annotator, current_project(), NOON, None)
    values["from_start"] = False
    with connection.cursor() as cursor:  # So small a table would be read as a whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
    with RawCursor(connection.connection) as cursor:
        in_order = [values[name] for name in OWN_OR_NEXT.names]
        cursor.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + OWN_OR_NEXT.text, in_order)
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    scans = list(_scans(plan[0]["Plan"]))

    passed = sum(scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) for scan in scans)
    assert {scan.get("Index Name") for scan in scans} >= {"slot_untouched_by_position"}
    assert 1 <= passed <= 12


def _scans(node: dict[str, Any]) -> Any:
    """All that reads places in the order of a queue."""
    if node.get("Relation Name") == "annotation_slot" and node.get("Index Name", "").startswith(
        ("slot_untouched", "slot_held")
    ):
        yield node
    for child in node.get("Plans", ()):
        yield from _scans(child)


def test_next_lease_looks_from_the_start_before_it_says_that_nothing_is_left() -> None:
    comparison = ComparisonFactory(position=0.5, overlap=1)
    annotator = PersonFactory()
    Tally.objects.create(annotator=annotator, queue_position=0.9)

    lease = next_lease(annotator=annotator, now=NOON)

    assert lease is not None
    assert lease.comparison_id == comparison.pk


def test_walk_queue_anew_puts_new_comparisons_in_their_place_for_everybody() -> None:
    late, early = (
        ComparisonFactory(position=0.9, overlap=1),
        ComparisonFactory(position=0.1, overlap=1),
    )
    annotator = PersonFactory()
    Tally.objects.create(annotator=annotator, queue_position=0.5)

    walk_queue_anew()
    (lease,) = judge(annotator, 1)

    assert (lease.comparison_id, late.position) == (early.pk, 0.9)


def test_a_place_that_was_given_back_reaches_those_who_have_gone_past_it() -> None:
    first, _, last = (
        ComparisonFactory(position=position, overlap=1) for position in (0.1, 0.5, 0.9)
    )
    quick, other = PersonFactory.create_batch(2)
    given_back = next_lease(annotator=other, now=NOON)
    assert given_back is not None
    Tally.objects.update_or_create(annotator=quick, defaults={"queue_position": last.position})
    skip_lease(annotator=other, lease_id=given_back.pk, reason="other", note="", now=NOON)

    lease = next_lease(annotator=quick, now=NOON)

    assert lease is not None
    assert (given_back.comparison_id, lease.comparison_id) == (first.pk, first.pk)
