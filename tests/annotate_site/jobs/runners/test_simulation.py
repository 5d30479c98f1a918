from __future__ import annotations

from collections import Counter

import pytest
from django.utils import timezone

from annotate_site.annotation.models import Judgement, Lease, Slot
from annotate_site.annotation.services import next_lease
from annotate_site.catalog.models import Clip
from annotate_site.core.exceptions import Refused
from annotate_site.jobs.runners.simulate import SimulateOptions
from annotate_site.jobs.runners.simulation import Simulated, simulate
from tests.factories.catalog import ClipFactory
from tests.factories.datasets import comparison_of

pytestmark = pytest.mark.django_db

DESCRIPTORS = {"key": {"value": "A minor"}, "tempo": {"bpm": 84.0}}


def comparisons(count: int, *, overlap: int = 3) -> None:
    for number in range(count):
        comparison = comparison_of(ClipFactory(descriptors=DESCRIPTORS))
        for index in range(overlap):
            Slot.objects.create(comparison=comparison, index=index, position=number)


def _simulate(**changes: int) -> Simulated:
    settings = SimulateOptions(**({"judgements": 30, "annotators": 3} | changes))
    return simulate(settings, clock=timezone.now, tell=lambda stored: None)


def _verdicts() -> dict[tuple[str, str, str, str], str]:
    """By who answered what: the same in every database."""
    rows = Judgement.objects.select_related(
        "lease__annotator", "lease__comparison__first", "lease__comparison__second"
    )
    return {
        (
            row.lease.annotator.username,
            row.lease.comparison.first.sha256,
            row.lease.comparison.second.sha256,
            row.axis,
        ): row.verdict
        for row in rows
    }


def test_simulate_stores_whole_comparisons_by_marked_accounts() -> None:
    comparisons(4)
    done = _simulate()
    assert done == Simulated(30, 10, "as many as you asked for, in whole comparisons")
    assert Counter(Judgement.objects.values_list("axis", flat=True)) == {
        "emo": 10, "con": 10, "cre": 10,
    }  # fmt: skip
    assert set(Lease.objects.values_list("annotator__is_simulated", flat=True)) == {True}
    assert Lease.objects.filter(completed_at=None).count() == 0
    assert Judgement.objects.filter(response_ms=None).count() == 0


def test_simulate_stores_less_rather_than_a_part_of_a_comparison() -> None:
    comparisons(4)
    assert _simulate(judgements=8).stored == 6


def test_simulate_says_when_comparisons_run_out_and_what_to_do() -> None:
    comparisons(2)
    done = _simulate(judgements=300)
    assert done == Simulated(
        18,
        6,
        "then no comparison was left that they had not seen: choose new comparisons, or ask for "
        "more annotators",
    )


def test_simulate_answers_alike_with_the_same_seed() -> None:
    comparisons(4)
    _simulate(judgements=300, seed=1)
    first = _verdicts()
    Judgement.objects.all().delete()
    Lease.objects.all().delete()
    Slot.objects.update(done_at=None, held_until=None)
    _simulate(judgements=300, seed=1)
    assert _verdicts() == first
    assert len(first) == 36


def test_simulate_completes_a_comparison_that_an_earlier_run_left_half_judged() -> None:
    comparisons(1, overlap=1)
    _simulate(judgements=3, annotators=1)
    Lease.objects.update(completed_at=None, answered=1)
    Slot.objects.update(done_at=None)
    Judgement.objects.exclude(axis="emo").delete()
    assert _simulate(judgements=3, annotators=1).stored == 2
    assert Judgement.objects.count() == 3


def test_simulate_refuses_clips_without_descriptors() -> None:
    comparisons(1)
    Clip.objects.update(descriptors=None)
    with pytest.raises(
        Refused,
        match=r"clips without descriptors are among those to judge \(1\)",
    ):
        _simulate()


def test_simulate_refuses_when_nothing_waits() -> None:
    with pytest.raises(Refused, match="nothing waits for these annotators"):
        _simulate()


def test_simulate_leaves_people_their_comparisons(manager: object) -> None:
    comparisons(1, overlap=4)
    _simulate(judgements=300)
    assert next_lease(annotator=manager, now=timezone.now()) is not None
