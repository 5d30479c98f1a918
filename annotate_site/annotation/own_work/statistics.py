"""What annotators see of their own work. Known answers and repeats count like everything else:
left out, the numbers would give them away."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Aggregate, Count, FloatField, Q, QuerySet
from django.db.models.functions import TruncDate

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.axes import questions_of
from annotate_site.annotation.models import Judgement, Lease, Purpose, Verdict
from annotate_site.annotation.services.project import current_project
from workbench.proportions import Share, wilson

# With fewer answers that others gave too, a share of agreement says nothing.
LEAST_SHARED = 20
_LOOP = (Purpose.WORK, Purpose.GOLD, Purpose.REPEAT)

# Of each own answer, the share of others who said the same; then the mean of these shares.
# Sides are undone first. "Cannot tell" is missing data, and excluded annotators are no yardstick.
_AGREEMENT = """
WITH mine AS (
    SELECT comparison_id FROM annotation_lease
    WHERE annotator_id = %(person)s AND purpose = 'work' AND completed_at IS NOT NULL
), vote AS (
    SELECT lease.comparison_id, lease.annotator_id, judgement.axis,
        CASE WHEN judgement.verdict = 'tie' THEN 'tie'
            WHEN (judgement.verdict = 'left') = (lease."left" = 'first') THEN 'first'
            ELSE 'second' END AS choice
    FROM annotation_judgement AS judgement
    JOIN annotation_lease AS lease ON lease.id = judgement.lease_id
    JOIN accounts_person AS person ON person.id = lease.annotator_id
    WHERE lease.comparison_id IN (SELECT comparison_id FROM mine)
        AND lease.purpose = 'work' AND lease.completed_at IS NOT NULL
        AND judgement.undone_at IS NULL AND judgement.verdict <> 'cannot_tell'
        AND (person.id = %(person)s OR person.weight > 0 AND person.is_simulated = %(simulated)s)
), answer AS (
    SELECT avg((own.choice = other.choice)::int) AS share
    FROM vote AS own
    JOIN vote AS other ON other.comparison_id = own.comparison_id AND other.axis = own.axis
        AND other.annotator_id <> own.annotator_id
    WHERE own.annotator_id = %(person)s
    GROUP BY own.comparison_id, own.axis
)
SELECT avg(share)::float8, count(*) FROM answer
"""


class _Median(Aggregate):
    """Leaves nulls out, as all aggregates do."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


class AxisCounts(NamedTuple):
    axis: str
    label: str
    left: int
    right: int
    tie: int
    cannot_tell: int


class Agreement(NamedTuple):
    share: float
    answers: int
    """How many own answers others gave one to as well."""


class OwnStatistics(NamedTuple):
    comparisons: int
    days: int
    median_s: float | None
    """Half of the answers took less."""
    axes: list[AxisCounts]
    left: Share | None
    """Share of left among the answers that chose a side."""
    agreement: Agreement | None
    """None until LEAST_SHARED answers can be compared."""

    @property
    def left_percent(self) -> tuple[int, int, int] | None:
        """The share of left and its interval, in whole percent."""
        if self.left is None:
            return None
        left = self.left
        return round(100 * left.value), round(100 * left.low), round(100 * left.high)

    @property
    def left_is_even(self) -> bool:
        return self.left is None or self.left.low <= 0.5 <= self.left.high


class Completion(NamedTuple):
    """How far the person is with what the cohort is asked for."""

    judged: int
    due: int
    code: str
    """Empty until enough is judged."""

    @property
    def missing(self) -> int:
        return max(0, self.due - self.judged)


def own_statistics(person: Person) -> OwnStatistics:
    leases = _completed(person).aggregate(
        comparisons=Count("pk"), days=Count(TruncDate("completed_at"), distinct=True)
    )
    answers = Judgement.objects.filter(undone_at=None, lease__in=_completed(person))
    axes = _by_axis(answers)
    n_left = sum(row.left for row in axes)
    return OwnStatistics(
        comparisons=leases["comparisons"],
        days=leases["days"],
        median_s=_median_s(answers),
        axes=axes,
        left=wilson(n_left, n_left + sum(row.right for row in axes)),
        agreement=_agreement(person),
    )


def completion_of(person: Person) -> Completion | None:
    """None for people whose cohort has no completion code, and who cannot reach it any more."""
    cohort = person.cohort
    if cohort is None or not cohort.completion_code:
        return None
    due = max(1, cohort.comparisons_due)
    judged = _completed(person).count()
    if judged < due and person.standing == Standing.FAILED:
        return None
    return Completion(judged, due, cohort.completion_code if judged >= due else "")


def _completed(person: Person) -> QuerySet[Lease]:
    return Lease.objects.filter(
        annotator=person, purpose__in=_LOOP, completed_at__isnull=False, lost_at=None
    )


def _by_axis(answers: QuerySet[Judgement]) -> list[AxisCounts]:
    counts = {verdict.value: Count("pk", filter=Q(verdict=verdict)) for verdict in Verdict}
    rows: dict[str, Any] = {row["axis"]: row for row in answers.values("axis").annotate(**counts)}
    return [
        AxisCounts(
            label=str(question.label),
            **{name: rows[axis][name] for name in ("axis", *Verdict.values)},
        )
        for axis, question in questions_of(current_project()).items()
        if axis in rows
    ]


def _median_s(answers: QuerySet[Judgement]) -> float | None:
    median = answers.aggregate(median=_Median("response_ms"))["median"]
    return None if median is None else float(median) / 1000


def _agreement(person: Person) -> Agreement | None:
    with connection.cursor() as cursor:
        cursor.execute(_AGREEMENT, {"person": person.pk, "simulated": person.is_simulated})
        share, answers = cursor.fetchone()
    return Agreement(share, answers) if answers >= LEAST_SHARED else None
