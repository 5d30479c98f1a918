"""Snapshots, and finished judgements for them to hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from annotate_site.accounts.models import Person, Role
from annotate_site.annotation.models import (
    AxisChoice,
    Comparison,
    ComparisonKind,
    Judgement,
    Lease,
    Side,
    Slot,
    Verdict,
)
from annotate_site.catalog.models import Clip, Painter
from annotate_site.datasets.models import Snapshot, SnapshotState
from annotate_site.datasets.services import build_snapshot, open_snapshot
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import CandidateFactory, ClipFactory, PainterFactory

PAIR_COUNTS = {"train": 7, "validation": 2, "test": 1}


def counts(**changes: Any) -> dict[str, Any]:
    """The counts of a ready snapshot, as contents.counts_of gives them."""
    axis = {"judgements": 12, "ties": 1, "cannot_tell": 1, "pairs": PAIR_COUNTS}
    return {
        "judgements": 36,
        "comparisons": 10,
        "annotators": 3,
        "simulated_judgements": 0,
        "clips": 5,
        "images": 12,
        "axes": dict.fromkeys(AxisChoice.values, axis),
    } | changes


class SnapshotFactory(DjangoModelFactory):
    """A row that says it is ready; `built_snapshot` gives one with its folder."""

    class Meta:
        model = Snapshot

    name = "preferences"
    version = factory.Sequence(lambda number: number + 1)
    state = SnapshotState.READY
    filters = factory.LazyFunction(lambda: {"include_simulated": False})
    counts = factory.LazyFunction(counts)
    sha256 = factory.LazyAttribute(lambda snapshot: f"{snapshot.version:064x}")
    made_by: Any = factory.SubFactory(PersonFactory, role=Role.MANAGER)


def comparison_of(clip: Clip, *, painter: Painter | None = None) -> Comparison:
    """Two new candidates for `clip`, in the order that the database asks for."""
    painter = painter or PainterFactory()
    pair = sorted(CandidateFactory.create_batch(2, clip=clip, painter=painter), key=lambda c: c.id)
    return Comparison.objects.create(
        clip=clip,
        first=pair[0],
        second=pair[1],
        kind=ComparisonKind.ORIGINAL_POSITIVE,
        position=0.5,
        even_shows_first_left=True,
    )


def judge(
    comparison: Comparison,
    verdicts: Mapping[str, str] | str = Verdict.LEFT,
    *,
    annotator: Person | None = None,
    left: str = Side.FIRST,
    is_complete: bool = True,
) -> Lease:
    """One annotator's answers: the same on all axes, or by axis."""
    if isinstance(verdicts, str):
        verdicts = dict.fromkeys(AxisChoice.values, verdicts)
    now = timezone.now()
    index = comparison.slots.count()
    slot = Slot.objects.create(comparison=comparison, index=index, position=comparison.position)
    lease = Lease.objects.create(
        slot=slot,
        comparison=comparison,
        annotator=annotator or PersonFactory(),
        left=left,
        opens_at=now,
        expires_at=now,
        answered=len(verdicts),
        answered_at=now,
        completed_at=now if is_complete else None,
    )
    for position, (axis, verdict) in enumerate(verdicts.items()):
        Judgement.objects.create(
            lease=lease,
            axis=axis,
            verdict=verdict,
            topic_position=position,
            response_ms=1500,
            listened_share=0.5,
        )
    return lease


def judged_comparisons(count: int = 3) -> list[Comparison]:
    """One comparison on each of `count` clips, answered by one person who took the left one."""
    annotator = PersonFactory()
    comparisons = [comparison_of(ClipFactory()) for _ in range(count)]
    for comparison in comparisons:
        judge(comparison, annotator=annotator)
    return comparisons


def built_snapshot(
    *, name: str = "preferences", made_by: Person | None = None, include_simulated: bool = False
) -> Snapshot:
    """A snapshot with its folder, of whatever judgements there are."""
    snapshot = open_snapshot(
        name=name,
        made_by=made_by or PersonFactory(role=Role.MANAGER),
        include_simulated=include_simulated,
        seed=0,
    )
    return build_snapshot(snapshot=snapshot)
