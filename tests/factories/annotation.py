"""Comparisons with their slots, leases and answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import combinations, islice
from typing import Any

import factory
from factory.django import DjangoModelFactory

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import (
    Comparison,
    ComparisonKind,
    GoldAnswer,
    GoldQuestion,
    GoldSource,
    Judgement,
    Lease,
    Project,
    Purpose,
    Side,
    Slot,
)
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import CandidateFactory, ClipFactory
from workbench.axes import AXES

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class ComparisonFactory(DjangoModelFactory):
    """`ComparisonFactory(overlap=3)`: with that many slots, none by default."""

    class Meta:
        model = Comparison
        skip_postgeneration_save = True

    clip: Any = factory.SubFactory(ClipFactory)
    first: Any = factory.SubFactory(CandidateFactory, clip=factory.SelfAttribute("..clip"))
    second: Any = factory.SubFactory(CandidateFactory, clip=factory.SelfAttribute("..clip"))
    kind = ComparisonKind.ORIGINAL_POSITIVE
    position = factory.Sequence(float)
    even_shows_first_left = True

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Comparison:
        kwargs["first"], kwargs["second"] = sorted(
            (kwargs["first"], kwargs["second"]), key=lambda candidate: candidate.pk
        )
        return super()._create(model_class, *args, **kwargs)

    @factory.post_generation
    def overlap(self: Any, create: bool, extracted: int | None, **_: Any) -> None:
        for index in range(extracted or 0):
            SlotFactory(comparison=self, index=index)


class SlotFactory(DjangoModelFactory):
    class Meta:
        model = Slot

    comparison: Any = factory.SubFactory(ComparisonFactory)
    index = 0
    position = factory.SelfAttribute("comparison.position")


class LeaseFactory(DjangoModelFactory):
    """A lease that nobody has answered."""

    class Meta:
        model = Lease

    slot: Any = factory.SubFactory(SlotFactory)
    comparison = factory.SelfAttribute("slot.comparison")
    annotator: Any = factory.SubFactory(PersonFactory)
    left = Side.FIRST
    opens_at = NOON
    expires_at = NOON + timedelta(minutes=30)


class JudgementFactory(DjangoModelFactory):
    class Meta:
        model = Judgement

    lease: Any = factory.SubFactory(LeaseFactory)
    axis = AXES[0]
    verdict = "left"
    topic_position = factory.LazyAttribute(lambda judgement: AXES.index(judgement.axis))


def comparisons_of_one_clip(count: int, *, overlap: int) -> list[Comparison]:
    """Many comparisons from few pictures, in the order in which they are handed out."""
    clip = ClipFactory()
    n_candidates = next(n for n in range(2, 99) if n * (n - 1) // 2 >= count)
    candidates = CandidateFactory.create_batch(n_candidates, clip=clip)
    return [
        ComparisonFactory(clip=clip, first=first, second=second, overlap=overlap)
        for first, second in islice(combinations(candidates, 2), count)
    ]


def completed_lease(
    *,
    comparison: Comparison | None = None,
    annotator: Person | None = None,
    verdicts: Mapping[str, str] | None = None,
    left: Side = Side.FIRST,
    index: int = 0,
) -> Lease:
    """A comparison that somebody answered on all three axes, "left" by default."""
    slot = SlotFactory(comparison=comparison or ComparisonFactory(), index=index, done_at=NOON)
    lease = LeaseFactory(
        slot=slot,
        annotator=annotator or PersonFactory(),
        left=left,
        answered=len(AXES),
        answered_at=NOON,
        completed_at=NOON,
    )
    for axis in AXES:
        JudgementFactory(
            lease=lease,
            axis=axis,
            verdict=(verdicts or {}).get(axis, "left"),
            response_ms=2500,
            listened_share=0.5,
        )
    return lease


class GoldQuestionFactory(DjangoModelFactory):
    """`GoldQuestionFactory(use="practice", better=Side.SECOND)`: on feeling and content."""

    class Meta:
        model = GoldQuestion
        skip_postgeneration_save = True

    comparison: Any = factory.SubFactory(ComparisonFactory)
    use = Purpose.PRACTICE
    source = GoldSource.CORRUPTED
    explanation = "The other one is spoilt."

    @factory.post_generation
    def better(self: Any, create: bool, extracted: Side | None, axes: Any = None, **_: Any) -> None:
        for axis in axes or ("emo", "con"):
            GoldAnswer.objects.create(
                question=self, axis=axis, better=Side.FIRST if extracted is None else extracted
            )


class SilentGoldFactory(GoldQuestionFactory):
    """Asked among the work, and explained to nobody."""

    use = Purpose.GOLD
    explanation = ""


def project_with(**settings: Any) -> Project:
    """The project with these settings; the others are the usual ones."""
    return Project.objects.update_or_create(pk=1, defaults=settings)[0]
