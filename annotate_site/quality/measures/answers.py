"""What the answers that count add up to, with the sides undone."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from annotate_site.annotation.models import Side, Verdict

Ints = NDArray[np.int64]

CHOICES = (Side.FIRST.value, Side.SECOND.value, Verdict.TIE.value)
"""What a vote can be once the sides are undone; cannot-tell is no vote."""


# In SQL, because it goes over every answer: one row per vote, with the sides undone.
VOTES = """
    SELECT judgement.axis, lease.comparison_id, lease.annotator_id, person.weight,
        judgement.verdict, judgement.response_ms,
        CASE
            WHEN judgement.verdict = 'tie' THEN 'tie'
            WHEN judgement.verdict = 'cannot_tell' THEN 'cannot_tell'
            WHEN (judgement.verdict = 'left') = (lease."left" = 'first') THEN 'first'
            ELSE 'second'
        END AS choice
    FROM annotation_judgement AS judgement
    JOIN annotation_lease AS lease ON lease.id = judgement.lease_id
    JOIN accounts_person AS person ON person.id = lease.annotator_id
    WHERE judgement.undone_at IS NULL AND lease.completed_at IS NOT NULL
        AND lease.purpose = 'work' AND (%(simulated)s OR NOT person.is_simulated)
"""

_AXIS_COUNTS = f"""
SELECT axis, count(*), count(*) FILTER (WHERE choice = 'tie'),
    count(*) FILTER (WHERE choice = 'cannot_tell'), count(DISTINCT comparison_id),
    count(DISTINCT annotator_id), percentile_cont(0.5) WITHIN GROUP (ORDER BY response_ms)
FROM ({VOTES}) AS vote GROUP BY axis
"""

_BALLOTS = f"""
SELECT axis, n_first, n_second, n_tie, count(*) FROM (
    SELECT axis, count(*) FILTER (WHERE choice = 'first') AS n_first,
        count(*) FILTER (WHERE choice = 'second') AS n_second,
        count(*) FILTER (WHERE choice = 'tie') AS n_tie
    FROM ({VOTES}) AS vote
    WHERE choice <> 'cannot_tell' AND weight > 0
    GROUP BY axis, comparison_id
) AS ballot GROUP BY axis, n_first, n_second, n_tie
ORDER BY axis, n_first, n_second, n_tie
"""

_PEOPLE_COUNTS = f"""
SELECT annotator_id, count(*), count(DISTINCT comparison_id),
    count(*) FILTER (WHERE verdict = 'left'), count(*) FILTER (WHERE verdict = 'right'),
    count(*) FILTER (WHERE choice = 'tie'), count(*) FILTER (WHERE choice = 'cannot_tell'),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY response_ms),
    count(*) FILTER (WHERE response_ms < %(fast_ms)s), count(response_ms)
FROM ({VOTES}) AS vote GROUP BY annotator_id
"""

_DECIDED = f"""
SELECT dense_rank() OVER (ORDER BY axis, comparison_id) - 1, annotator_id,
    CASE WHEN choice = 'first' THEN 1 ELSE -1 END
FROM ({VOTES}) AS vote WHERE choice IN ('first', 'second')
"""


class AxisCounts(NamedTuple):
    answers: int
    ties: int
    cannot_tell: int
    comparisons: int
    annotators: int
    median_ms: float | None


class Ballots(NamedTuple):
    """How the votes of comparisons lie, each way once: counts (u, 3) in the order of CHOICES."""

    counts: Ints
    times: Ints


class PersonCounts(NamedTuple):
    answers: int
    comparisons: int
    lefts: int
    rights: int
    ties: int
    cannot_tell: int
    median_ms: float | None
    fast: int
    timed: int
    """Answers whose time is known."""


def axis_counts(*, include_simulated: bool) -> dict[str, AxisCounts]:
    rows = rows_of(_AXIS_COUNTS, simulated=include_simulated)
    return {row[0]: AxisCounts(*row[1:]) for row in rows}


def ballots_by_axis(*, include_simulated: bool) -> dict[str, Ballots]:
    """Votes of annotators with weight; a comparison is one unit per axis."""
    kinds: dict[str, list[tuple[int, ...]]] = {}
    for axis, *numbers in rows_of(_BALLOTS, simulated=include_simulated):
        kinds.setdefault(axis, []).append(tuple(numbers))
    return {
        axis: Ballots(np.array(rows, np.int64)[:, :3], np.array(rows, np.int64)[:, 3])
        for axis, rows in kinds.items()
    }


def people_counts(*, include_simulated: bool, fast_ms: int) -> dict[int, PersonCounts]:
    rows = rows_of(_PEOPLE_COUNTS, simulated=include_simulated, fast_ms=fast_ms)
    return {row[0]: PersonCounts(*row[1:]) for row in rows}


def decided_votes(*, include_simulated: bool) -> Ints:
    """(m, 3): item (an axis of a comparison) by number, annotator's id, +1 first or -1 second."""
    rows = rows_of(_DECIDED, simulated=include_simulated)
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def rows_of(statement: str, **parameters: bool | int | str | None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cast(list[tuple[Any, ...]], cursor.fetchall())
