"""More votes where those that there are do not settle an axis: 3, then 5, then 7."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from annotate_site.annotation.models import (
    GIVEN_BACK,
    AxisChoice,
    Comparison,
    Judgement,
    Purpose,
    Slot,
    Verdict,
)
from annotate_site.annotation.services.project import current_project
from annotate_site.annotation.verdicts import chosen_side

STEP = 2


def is_clear(votes: Mapping[str, int]) -> bool:
    """Whether one of first, second and tie has at least twice the votes of the others together."""
    most = max(votes.values(), default=0)
    return most > 0 and most >= 2 * (sum(votes.values()) - most)


@transaction.atomic
def extend_if_unclear(*, comparison_id: UUID) -> list[Slot]:
    """Once all slots are done, add up to two that ask the unclear axes; returns the new ones.

    No axis is asked more than `most_overlap` times. To be called when the answer that completed
    the last slot is stored for all to see: of two who finish at the same moment, the one who
    locks the comparison later sees both.
    """
    open_slots = Slot.objects.filter(comparison=comparison_id, done_at=None)
    if open_slots.exists():
        return []
    Comparison.objects.select_for_update(no_key=True).values("pk").get(pk=comparison_id)
    slots = list(Slot.objects.filter(comparison=comparison_id).order_by("index"))
    if any(slot.done_at is None for slot in slots) or not slots:
        return []
    missing = _missing_votes(comparison_id, slots)
    first = slots[-1].index + 1
    added = [
        Slot(
            comparison_id=comparison_id,
            index=first + step,
            position=slots[0].position,
            held_until=GIVEN_BACK,  # Or all who have gone past it would miss it.
            axes=[axis for axis in AxisChoice.values if missing[axis] > step],
        )
        for step in range(max(missing.values()))
    ]
    return Slot.objects.bulk_create(added)


def _missing_votes(comparison_id: UUID, slots: list[Slot]) -> dict[str, int]:
    """How many more people to ask about each axis."""
    votes = _votes(comparison_id)
    most = current_project().most_overlap
    asked = {axis: sum(axis in slot.axes for slot in slots) for axis in AxisChoice.values}
    return {
        axis: 0 if is_clear(votes[axis]) or not n else max(0, min(STEP, most - n))
        for axis, n in asked.items()
    }


def _votes(comparison_id: UUID) -> dict[str, Counter[str]]:
    """Votes by axis: for the first candidate, for the second, or a tie.

    Cannot-tell is no vote, and excluded annotators have none.
    """
    judgements = Judgement.objects.filter(
        ~Q(verdict=Verdict.CANNOT_TELL),
        undone_at=None,
        lease__comparison=comparison_id,
        lease__purpose=Purpose.WORK,
        lease__completed_at__isnull=False,
        lease__annotator__weight__gt=0,
    ).values_list("axis", "verdict", "lease__left")
    votes: dict[str, Counter[str]] = {axis: Counter() for axis in AxisChoice.values}
    for axis, verdict, left in judgements:
        votes[axis][chosen_side(verdict, left) or "tie"] += 1
    return votes
