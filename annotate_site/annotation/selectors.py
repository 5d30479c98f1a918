from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import (
    Comparison,
    Judgement,
    Lease,
    Purpose,
    Side,
    Slot,
    Verdict,
)
from annotate_site.annotation.places import OPEN_AND_UNSEEN
from annotate_site.catalog.models import Candidate
from annotate_site.core.statements import Statement
from workbench.axes import AXES, Axis

MOST_WAITING = 200  # Counting on would cost more than anybody gains by it.


class AxisProgress(NamedTuple):
    human: int
    simulated: int


class ProgressOverview(NamedTuple):
    comparisons: int
    slots: int
    slots_done: int
    annotators: int
    """People, simulated ones included, who completed at least one comparison."""
    answers: dict[Axis, AxisProgress]
    """Answers in completed comparisons."""


class OwnProgress(NamedTuple):
    judged: int
    waiting: int
    """Comparisons that this person can still be given, a lease in hand included.

    MOST_WAITING stands for that many or more.
    """

    @property
    def total(self) -> int:
        return self.judged + self.waiting


def known_answers() -> QuerySet[Judgement]:
    """Answers to known questions that were asked silently and still stand; see NAMES_THE_BETTER."""
    gold = "lease__comparison__gold"
    return Judgement.objects.filter(
        undone_at=None,
        lease__purpose=Purpose.GOLD,
        lease__completed_at__isnull=False,
        **{f"{gold}__is_active": True, f"{gold}__answers__axis": F("axis")},
    )


# Of a known answer: whether it is right. A tie where one is better is not.
NAMES_THE_BETTER = Q(
    verdict=Case(
        When(lease__left=F("lease__comparison__gold__answers__better"), then=Value(Verdict.LEFT)),
        default=Value(Verdict.RIGHT),
    )
)


def completed_judgements(*, include_simulated: bool) -> QuerySet[Judgement]:
    """Answers that count as votes: of work, not undone, and given on every axis that was asked."""
    judgements = Judgement.objects.filter(
        undone_at=None, lease__completed_at__isnull=False, lease__purpose=Purpose.WORK
    )
    if not include_simulated:
        judgements = judgements.filter(lease__annotator__is_simulated=False)
    return judgements.select_related(
        "lease__annotator",
        "lease__comparison__clip",
        "lease__comparison__first__painter",
        "lease__comparison__second__painter",
    ).order_by("created_at", "pk")


def progress_overview() -> ProgressOverview:
    done = Count("pk", filter=Q(done_at__isnull=False))
    slots = Slot.objects.aggregate(all=Count("pk"), done=done)
    completed = Lease.objects.filter(completed_at__isnull=False, purpose=Purpose.WORK)
    simulated = Q(lease__annotator__is_simulated=True)
    counts = {
        row["axis"]: AxisProgress(row["human"], row["simulated"])
        for row in completed_judgements(include_simulated=True)
        .order_by()
        .values("axis")
        .annotate(human=Count("pk", filter=~simulated), simulated=Count("pk", filter=simulated))
    }
    return ProgressOverview(
        comparisons=Comparison.objects.filter(
            Exists(Slot.objects.filter(comparison=OuterRef("pk")))
        ).count(),
        slots=slots["all"],
        slots_done=slots["done"],
        annotators=completed.aggregate(n=Count("annotator", distinct=True))["n"],
        answers={axis: counts.get(axis, AxisProgress(0, 0)) for axis in AXES},
    )


def _waiting(condition: str) -> str:
    """Comparisons with free places of a queue (services.taking) that this person can be given."""
    return f"""
        SELECT DISTINCT comparison_id FROM annotation_slot AS slot
        WHERE done_at IS NULL AND {condition} AND {OPEN_AND_UNSEEN}
        LIMIT {MOST_WAITING}"""


# Known answers and repeats count too, or the number would give them away.
_OWN_PROGRESS = Statement(f"""
SELECT
    COALESCE((SELECT judged FROM annotation_tally WHERE annotator_id = %(annotator)s), 0),
    (
        SELECT count(DISTINCT comparison_id) FROM (
            SELECT comparison_id FROM annotation_lease
            WHERE annotator_id = %(annotator)s AND completed_at IS NULL AND lost_at IS NULL
                AND purpose IN ('work', 'gold', 'repeat')
            UNION ALL
            SELECT comparison_id FROM ({_waiting("held_until < %(now)s::timestamptz")}) AS returned
            UNION ALL
            SELECT comparison_id FROM ({
    _waiting('''held_until IS NULL AND position >= COALESCE(
                (SELECT queue_position FROM annotation_tally WHERE annotator_id = %(annotator)s),
                '-Infinity')''')
}) AS untouched
        ) AS waiting
    )
""")


def own_progress(*, annotator: Person, now: datetime) -> OwnProgress:
    judged, waiting = _OWN_PROGRESS.rows({"annotator": annotator.pk, "now": now})[0]
    return OwnProgress(judged, min(waiting, MOST_WAITING))


def last_answer(annotator: Person) -> Judgement | None:
    """The newest answer that `undo_last` can take back."""
    lease = Lease.objects.filter(annotator=annotator, answered__gt=0, lost_at=None).exclude(
        purpose__in=(Purpose.PRACTICE, Purpose.QUALIFICATION)
    )
    newest = lease.order_by("-answered_at", "-created_at").values("pk")[:1]
    answers = Judgement.objects.filter(lease=Subquery(newest), undone_at=None)
    return answers.order_by("-topic_position").first()


class ShownComparison(NamedTuple):
    """What one annotator sees of a comparison."""

    lease: Lease
    left: Candidate
    right: Candidate


def shown_comparison(lease: Lease) -> ShownComparison:
    """The lease's clip and its two pictures on their sides."""
    if not Lease.comparison.is_cached(lease):  # services.next_lease has brought it along.
        lease.comparison = Comparison.objects.select_related("clip", "first", "second").get(
            pk=lease.comparison_id
        )
    comparison = lease.comparison
    sides = (comparison.first, comparison.second)
    left, right = sides if lease.left == Side.FIRST else reversed(sides)
    return ShownComparison(lease, left, right)
