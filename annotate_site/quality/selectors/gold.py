"""Known answers: which comparisons could become one, and how those that are fare."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from annotate_site.annotation.models import GoldQuestion
from annotate_site.quality.measures.answers import VOTES, rows_of
from workbench.proportions import Share, wilson

LEAST_VOTES = 3

# Alike on feeling or content; beauty has no known answer. One row per comparison.
_UNANIMOUS = f"""
WITH alike AS (
    SELECT axis, comparison_id, min(choice) AS better, count(*) AS n
    FROM ({VOTES}) AS vote
    WHERE axis IN ('emo', 'con') AND weight > 0
    GROUP BY axis, comparison_id
    HAVING count(*) >= %(least)s AND min(choice) = max(choice)
        AND min(choice) IN ('first', 'second')
)
SELECT comparison_id,
    max(better) FILTER (WHERE axis = 'emo'), max(better) FILTER (WHERE axis = 'con'),
    max(n), count(*) OVER ()
FROM alike
JOIN annotation_comparison AS comparison ON comparison.id = comparison_id
WHERE comparison.is_open
    AND (%(only)s::uuid IS NULL OR comparison_id = %(only)s::uuid)
    AND NOT EXISTS (
        SELECT 1 FROM annotation_goldquestion AS gold WHERE gold.comparison_id = alike.comparison_id
    )
GROUP BY comparison_id
ORDER BY count(*) DESC, max(n) DESC, comparison_id
LIMIT %(limit)s
"""

# How often each known answer is given, by what it is asked for.
_FARE = """
SELECT question.id, count(judgement.id),
    count(judgement.id) FILTER (WHERE judgement.verdict = CASE
        WHEN answer.better = lease."left" THEN 'left' ELSE 'right' END)
FROM annotation_goldquestion AS question
JOIN annotation_goldanswer AS answer ON answer.question_id = question.id
JOIN annotation_lease AS lease ON lease.comparison_id = question.comparison_id
    AND lease.purpose IN ('gold', 'practice', 'qualification')
JOIN annotation_judgement AS judgement ON judgement.lease_id = lease.id
    AND judgement.axis = answer.axis AND judgement.undone_at IS NULL
GROUP BY question.id
"""

_BAD_BELOW = 0.7
_BAD_AFTER = 5


class GoldCandidate(NamedTuple):
    """A comparison on which all votes are alike, so that its answer may be taken for known."""

    comparison_id: UUID
    emo: str | None
    """first or second; None where the votes on this axis differ."""
    con: str | None
    votes: int

    @property
    def answers(self) -> dict[str, str]:
        return {axis: side for axis, side in (("emo", self.emo), ("con", self.con)) if side}


class QuestionRow(NamedTuple):
    question: GoldQuestion
    right: Share | None
    """How often it is answered rightly."""

    @property
    def is_bad(self) -> bool:
        """Whether so few know the answer that it may not be known at all."""
        return (
            self.right is not None
            and self.right.trials >= _BAD_AFTER
            and self.right.value < _BAD_BELOW
        )


def unanimous_comparisons(
    *, limit: int, include_simulated: bool = False, only: UUID | None = None
) -> tuple[list[GoldCandidate], int]:
    """Those with the most votes first, and how many there are in all."""
    rows = rows_of(
        _UNANIMOUS,
        simulated=include_simulated,
        least=LEAST_VOTES,
        only=str(only) if only else None,
        limit=limit,
    )
    return [GoldCandidate(*row[:4]) for row in rows], (rows[0][4] if rows else 0)


def gold_questions() -> QuerySet[GoldQuestion]:
    """Active ones first, with what a list shows."""
    return (
        GoldQuestion.objects.select_related(
            "comparison__clip", "comparison__first", "comparison__second", "created_by"
        )
        .prefetch_related("answers")
        .order_by("-is_active", "use", "-created_at", "pk")
    )


def question_rows(questions: list[GoldQuestion]) -> list[QuestionRow]:
    fare = {row[0]: wilson(row[2], row[1]) for row in rows_of(_FARE)}
    return [QuestionRow(question, fare.get(question.pk)) for question in questions]
