"""Where annotators disagree, and where a verdict would tell most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from annotate_site.annotation.models import Adjudication, Comparison, Judgement, Purpose
from annotate_site.quality.measures.answers import VOTES, rows_of
from annotate_site.quality.selectors.people import choice_of
from workbench.axes import AXES, Axis

# Worth = disagreement x information, for each axis of each comparison whose votes are not clear
# 2 to 1 (services.extension asks more people by the same rule) and that nobody has settled.
# - Disagreement: the entropy of its votes over first, second and tie, divided by ln 3, so that
#   1 means that all three are equally frequent and 0 that all votes are alike.
# - Information: 1 / (1 + clear answers about either picture on this axis / 2). A picture of which
#   much is known already gains little from one more verdict.
# Axes that somebody will still be asked about are left out: votes may settle them.
# What a manager referred comes first, whatever its votes.
_QUEUE = f"""
WITH counted AS (
    SELECT axis, comparison_id, count(*) AS n,
        count(*) FILTER (WHERE choice = 'first') AS n_first,
        count(*) FILTER (WHERE choice = 'second') AS n_second,
        count(*) FILTER (WHERE choice = 'tie') AS n_tie
    FROM ({VOTES}) AS vote
    WHERE choice <> 'cannot_tell' AND weight > 0
    GROUP BY axis, comparison_id
), ballot AS (
    SELECT axis, comparison_id, coalesce(n, 0) AS n, coalesce(n_first, 0) AS n_first,
        coalesce(n_second, 0) AS n_second, coalesce(n_tie, 0) AS n_tie,
        coalesce(greatest(n_first, n_second, n_tie), 0) AS most,
        referral.id IS NOT NULL AS is_referred
    FROM counted FULL JOIN quality_referral AS referral USING (axis, comparison_id)
), known AS (
    SELECT axis, picture, count(*) AS clear
    FROM ballot
    JOIN annotation_comparison AS comparison ON comparison.id = ballot.comparison_id
    CROSS JOIN LATERAL (VALUES (comparison.first_id), (comparison.second_id)) AS shown(picture)
    WHERE n > 0 AND most >= 2 * (n - most)
    GROUP BY axis, picture
), scored AS (
    SELECT ballot.axis, ballot.comparison_id, n_first, n_second, n_tie, ballot.n, is_referred,
        -(coalesce(n_first * ln(nullif(n_first, 0)::float8 / ballot.n), 0)
        + coalesce(n_second * ln(nullif(n_second, 0)::float8 / ballot.n), 0)
        + coalesce(n_tie * ln(nullif(n_tie, 0)::float8 / ballot.n), 0))
            / greatest(ballot.n, 1) / ln(3::float8) AS disagreement,
        1 / (1 + (coalesce(first.clear, 0) + coalesce(second.clear, 0)) / 2::float8) AS information
    FROM ballot
    JOIN annotation_comparison AS comparison ON comparison.id = ballot.comparison_id
    LEFT JOIN known AS first
        ON first.picture = comparison.first_id AND first.axis = ballot.axis
    LEFT JOIN known AS second
        ON second.picture = comparison.second_id AND second.axis = ballot.axis
    WHERE comparison.is_open AND (%(axis)s = '' OR ballot.axis = %(axis)s)
        AND NOT EXISTS (
            SELECT 1 FROM annotation_adjudication AS adjudication
            WHERE adjudication.comparison_id = ballot.comparison_id
                AND adjudication.axis = ballot.axis
        )
        AND (is_referred OR most < 2 * (n - most) AND NOT EXISTS (
            SELECT 1 FROM annotation_slot AS slot
            WHERE slot.comparison_id = ballot.comparison_id AND slot.done_at IS NULL
                AND ballot.axis = ANY (slot.axes)
        ))
)
"""
_PAGE = f"""{_QUEUE}
SELECT axis, comparison_id, n_first, n_second, n_tie, disagreement, information,
    is_referred, count(*) OVER ()
FROM scored
ORDER BY is_referred DESC, disagreement * information DESC, n DESC, comparison_id, axis
LIMIT %(limit)s OFFSET %(offset)s
"""
_COUNT = f"{_QUEUE} SELECT count(*) FROM scored"


class Disagreement(NamedTuple):
    axis: Axis
    comparison_id: UUID
    first: int
    second: int
    tie: int
    """Votes."""
    disagreement: float
    information: float
    is_referred: bool

    @property
    def worth(self) -> float:
        return self.disagreement * self.information


class Queue(NamedTuple):
    rows: list[Disagreement]
    total: int
    """Of the whole queue; 0 also beyond its end."""


def disagreements(
    *, limit: int, offset: int = 0, axis: str = "", include_simulated: bool = False
) -> Queue:
    """A part of the queue, what is worth most first."""
    rows = rows_of(_PAGE, simulated=include_simulated, axis=axis, limit=limit, offset=offset)
    return Queue([Disagreement(*row[:8]) for row in rows], rows[0][8] if rows else 0)


def count_disagreements(*, axis: str = "", include_simulated: bool = False) -> int:
    ((count,),) = rows_of(_COUNT, simulated=include_simulated, axis=axis)
    return int(count)


def comparisons_by_id(ids: Iterable[UUID]) -> dict[UUID, Comparison]:
    """With music and pictures."""
    return shown_comparisons().in_bulk(list(ids))


def shown_comparisons() -> QuerySet[Comparison]:
    return Comparison.objects.select_related("clip", "first", "second")


class Vote(NamedTuple):
    judgement: Judgement
    choice: str


class AxisVotes(NamedTuple):
    axis: Axis
    votes: list[Vote]
    ruling: Adjudication | None

    def count(self, choice: str) -> int:
        """Votes of annotators who are not excluded."""
        return sum(
            vote.choice == choice and vote.judgement.lease.annotator.weight > 0
            for vote in self.votes
        )

    @property
    def tally(self) -> dict[str, int]:
        return {name: self.count(name) for name in ("first", "second", "tie", "cannot_tell")}

    @property
    def is_disputed(self) -> bool:
        return len([n for name, n in self.tally.items() if n and name != "cannot_tell"]) > 1


def votes_on(comparison: Comparison) -> list[AxisVotes]:
    """All votes of work on a comparison, by axis, with what was ruled."""
    judgements = (
        Judgement.objects.filter(
            undone_at=None,
            lease__comparison=comparison,
            lease__completed_at__isnull=False,
            lease__purpose=Purpose.WORK,
        )
        .select_related("lease__annotator")
        .order_by("created_at")
    )
    votes: dict[str, list[Any]] = {axis: [] for axis in AXES}
    for row in judgements:
        votes[row.axis].append(Vote(row, choice_of(row.verdict, row.lease.left)))
    rulings = {row.axis: row for row in comparison.adjudications.select_related("decided_by")}
    return [AxisVotes(axis, votes[axis], rulings.get(axis)) for axis in AXES]
