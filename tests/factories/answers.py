"""Many answers at once, of annotators whose habits are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, islice
from uuid import uuid4

import numpy as np

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import (
    Comparison,
    ComparisonKind,
    Judgement,
    Lease,
    Purpose,
    Side,
    Slot,
)
from annotate_site.catalog.models import Candidate, Clip
from tests.factories.annotation import NOON
from workbench.axes import AXES

_BATCH = 5000


@dataclass(frozen=True)
class Habits:
    """How somebody answers."""

    accuracy: float = 0.85
    left_bias: float = 0.0
    """Share of answers that are "left" whatever is shown."""
    tie: float = 0.1
    median_ms: float = 6000.0


def many_comparisons(clips: Sequence[Clip], pictures: Sequence[Candidate], count: int, seed: int):
    """`count` comparisons: pairs of `pictures`, for one clip after the other."""
    rng = np.random.default_rng(seed)
    pictures = sorted(pictures, key=lambda picture: picture.pk)
    pairs = [
        (clip, first, second)
        for clip in clips
        for first, second in islice(combinations(pictures, 2), -(-count // len(clips)))
    ][:count]
    return Comparison.objects.bulk_create(
        [
            Comparison(
                clip=clip,
                first=first,
                second=second,
                kind=ComparisonKind.ORIGINAL_POSITIVE,
                position=float(position),
                even_shows_first_left=bool(rng.random() < 0.5),
            )
            for (clip, first, second), position in zip(pairs, rng.random(len(pairs)), strict=True)
        ],
        batch_size=_BATCH,
    )


def many_answers(
    comparisons: Sequence[Comparison],
    people: dict[Person, Habits],
    *,
    overlap: int = 3,
    seed: int = 0,
    now: datetime = NOON,
    days: int = 10,
) -> None:
    """Every comparison is judged by `overlap` of the people, on all axes.

    The truth of each comparison and axis is drawn; `first` is better for half of them.
    """
    rng = np.random.default_rng(seed)
    persons = list(people)
    slots, leases, judgements = [], [], []
    for comparison in comparisons:
        truth = rng.random(len(AXES)) < 0.5
        chosen = rng.choice(len(persons), size=overlap, replace=False)
        at = now - timedelta(days=float(rng.random()) * days)
        for index, number in enumerate(chosen):
            person = persons[number]
            slot = Slot(comparison=comparison, index=index, position=comparison.position)
            slot.done_at = at
            is_first_left = (index % 2 == 0) == comparison.even_shows_first_left
            lease = Lease(
                id=uuid4(),
                slot=slot,
                comparison=comparison,
                annotator=person,
                left=Side.FIRST if is_first_left else Side.SECOND,
                purpose=Purpose.WORK,
                opens_at=at,
                expires_at=at,
                answered=len(AXES),
                answered_at=at,
                completed_at=at,
            )
            slots.append(slot)
            leases.append(lease)
            for position, axis in enumerate(AXES):
                verdict = _verdict(rng, people[person], bool(truth[position]) == is_first_left)
                judgements.append(
                    Judgement(
                        lease=lease,
                        axis=axis,
                        verdict=verdict,
                        topic_position=position,
                        response_ms=int(people[person].median_ms * rng.lognormal(0, 0.4)),
                        listened_share=0.6,
                    )
                )
    Slot.objects.bulk_create(slots, batch_size=_BATCH)
    Lease.objects.bulk_create(leases, batch_size=_BATCH)
    Judgement.objects.bulk_create(judgements, batch_size=_BATCH)


def _verdict(rng: np.random.Generator, habits: Habits, left_is_better: bool) -> str:
    if rng.random() < habits.left_bias:
        return "left"
    if rng.random() < habits.tie:
        return "tie"
    is_right = rng.random() < habits.accuracy
    return "left" if left_is_better == is_right else "right"
