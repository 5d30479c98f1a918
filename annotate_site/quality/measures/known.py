"""How often people answer rightly what is known, and alike what they answered before."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection

# Known answers, asked silently: an answer is right when it names the better candidate.
_GOLD = """
SELECT lease.annotator_id, count(*),
    count(*) FILTER (WHERE judgement.verdict = CASE
        WHEN answer.better = lease."left" THEN 'left' ELSE 'right' END)
FROM annotation_judgement AS judgement
JOIN annotation_lease AS lease ON lease.id = judgement.lease_id
JOIN annotation_goldquestion AS question ON question.comparison_id = lease.comparison_id
JOIN annotation_goldanswer AS answer
    ON answer.question_id = question.id AND answer.axis = judgement.axis
WHERE judgement.undone_at IS NULL AND lease.completed_at IS NOT NULL
    AND lease.purpose = 'gold' AND question.is_active
GROUP BY lease.annotator_id
"""

# Two answers of one person to one comparison. The sides may be swapped: 'left' then means 'right'.
_REPEATS = """
SELECT again.annotator_id, count(*),
    count(*) FILTER (WHERE CASE
        WHEN second.verdict IN ('tie', 'cannot_tell') THEN second.verdict = first.verdict
        ELSE (second.verdict = first.verdict) = (again."left" = once."left")
            AND first.verdict IN ('left', 'right') END)
FROM annotation_lease AS again
JOIN annotation_lease AS once ON once.annotator_id = again.annotator_id
    AND once.comparison_id = again.comparison_id AND once.purpose = 'work'
JOIN annotation_judgement AS second ON second.lease_id = again.id
JOIN annotation_judgement AS first ON first.lease_id = once.id AND first.axis = second.axis
WHERE again.purpose = 'repeat' AND again.completed_at IS NOT NULL
    AND once.completed_at IS NOT NULL
    AND second.undone_at IS NULL AND first.undone_at IS NULL
GROUP BY again.annotator_id
"""


class Hits(NamedTuple):
    asked: int
    right: int


def gold_hits() -> dict[int, Hits]:
    """By annotator, over all known answers that were asked silently and still stand."""
    return _hits(_GOLD)


def repeat_hits() -> dict[int, Hits]:
    """By annotator: how many repeated answers there are, and how many came out alike."""
    return _hits(_REPEATS)


def _hits(statement: str) -> dict[int, Hits]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return {row[0]: Hits(row[1], row[2]) for row in rows}
