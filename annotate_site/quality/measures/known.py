"""How often people answer rightly what is known, and alike what they answered before."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count

from annotate_site.annotation.selectors import NAMES_THE_BETTER, known_answers

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
    counted = (
        known_answers()
        .values("lease__annotator")
        .annotate(asked=Count("pk"), right=Count("pk", filter=NAMES_THE_BETTER))
    )
    return {row["lease__annotator"]: Hits(row["asked"], row["right"]) for row in counted}


def repeat_hits() -> dict[int, Hits]:
    """By annotator: how many repeated answers there are, and how many came out alike."""
    with connection.cursor() as cursor:
        cursor.execute(_REPEATS)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return {row[0]: Hits(row[1], row[2]) for row in rows}
