"""The statement that hands out a comparison: why this one, to whom, on which side.

It is one statement, and so one transaction and one round trip. In it:
- SKIP LOCKED: people who ask at the same moment get different slots and never wait.
- `held_until` repeats what the lease says, because PostgreSQL looks again only at the row that
  it locks: when somebody else was quicker, the slot's new value is seen and the row passed over.
- Reading `lost` in the INSERT makes its update come first, as the unique index demands.
- A complete lease is never lost: whatever a slot says, its index then lets no other lease in.
- ON CONFLICT: two windows of one person that ask at once may both find nothing in hand; the index
  `lease_one_untouched_per_annotator` lets one of them through, and the other asks again.

What it costs does not grow with what somebody has done. It reads their tally instead of counting,
and it walks two short queues: first the places that came back, which are few, then those that
nobody ever held, from where this person stands (Tally.queue_position). Below that place they have
seen everything, but for a place that was locked just then by somebody who in the end did not take
it: so before nothing is said to be left, the statement is sent again with `from_start`. The place
is noted at every eighth comparison, which is cheaper than to write it each time.

A lease need not outlive a crash of the machine, only answers must: the commit does not wait for
the disk. The answers' commit writes their lease as well, because it comes earlier in the log.
"""

from __future__ import annotations

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Comparison, Lease
from annotate_site.annotation.places import OPEN_AND_UNSEEN
from annotate_site.catalog.models import Candidate, Clip
from annotate_site.core.statements import Columns, Statement

# An own comparison comes back after so many others at the earliest.
REPEAT_AFTER = 20
# A lease that is fetched ahead opens so far off: longer than any lease lasts (services.turns).
_DISTANCE = "interval '1 day'"
_STRIDE = 8

LEASE = Columns(Lease, "lease")
COMPARISON = Columns(Comparison, "comparison", only=("clip_id", "first_id", "second_id", "is_open"))
CLIP = Columns(
    Clip, "clip", only=("title", "caption", "audio", "duration_s", "gain_db", "waveform")
)
_PICTURE = ("image", "width", "height", "is_sensitive")
FIRST = Columns(Candidate, "first", only=_PICTURE)
SECOND = Columns(Candidate, "second", only=_PICTURE)

# A number from 0 to 1 that depends on the person and on how many comparisons they had alone; {} is
# text to draw another one.
_LUCK = """
    ('x' || left(md5(%(seed)s::text || ' ' || tally.n || {}), 8))::bit(32)::bigint / 4294967296.0
"""

_OF_THE_LOOP = "('work', 'gold', 'repeat')"

# The commit of this transaction does not wait until the disk has it.
WITHOUT_WAITING = "set_config('synchronous_commit', 'off', true)"


def _unseen(queue: str, condition: str, order: str) -> str:
    """The first place of a queue whose comparison this annotator has not seen, locked."""
    return f"""{queue} AS (
    SELECT slot.id, slot.comparison_id, slot.axes, slot.index, slot.position
    FROM annotation_slot AS slot
    WHERE slot.done_at IS NULL AND {condition}
        AND {OPEN_AND_UNSEEN}
    ORDER BY {order}
    LIMIT 1
    FOR UPDATE OF slot SKIP LOCKED
)"""


_RETURNED = _unseen(
    "returned",
    "slot.held_until < %(now)s::timestamptz AND (SELECT wanted FROM seek)",
    "slot.held_until",
)
_UNTOUCHED = _unseen(
    "untouched",
    """slot.held_until IS NULL AND slot.position >= (SELECT place FROM tally)
        AND (SELECT wanted FROM seek) AND NOT EXISTS (SELECT FROM returned)""",
    "slot.position, slot.index",
)

OWN_OR_NEXT = Statement(f"""
WITH tally AS (
    SELECT COALESCE(kept.handed, 0) AS n,
        CASE WHEN kept.day >= %(today)s::date THEN kept.today ELSE 0 END AS today,
        kept.queue_position,
        CASE WHEN %(from_start)s::boolean OR kept.queue_position IS NULL
            THEN '-Infinity' ELSE kept.queue_position END AS place,
        %(besides)s::uuid IS NULL OR EXISTS (
            SELECT FROM annotation_lease
            WHERE id = %(besides)s AND annotator_id = %(annotator)s
                AND answered_at IS NOT NULL AND completed_at IS NULL AND lost_at IS NULL
        ) AS may_ask
    FROM (SELECT) AS always_one_row
    LEFT JOIN annotation_tally AS kept ON kept.annotator_id = %(annotator)s
), own AS (
    SELECT * FROM annotation_lease
    WHERE annotator_id = %(annotator)s AND completed_at IS NULL AND lost_at IS NULL
        AND purpose IN {_OF_THE_LOOP} AND id IS DISTINCT FROM %(besides)s::uuid
        AND (SELECT may_ask FROM tally)
    ORDER BY created_at, id
    LIMIT 1
), luck AS (
    SELECT {_LUCK.format("''")} AS drawn,
        CASE WHEN tally.n < %(warm_up)s THEN %(gold_early)s::float8 ELSE %(gold_late)s END AS gold
    FROM tally
), wish AS (
    SELECT CASE
        WHEN NOT tally.may_ask THEN 'rest'
        WHEN tally.today + (%(besides)s::uuid IS NOT NULL)::int >= %(daily_cap)s THEN 'rest'
        WHEN drawn < gold THEN 'gold'
        WHEN drawn < gold + %(repeat_share)s::float8 THEN 'repeat'
        ELSE 'work' END AS purpose
    FROM luck, tally
), gold AS (
    SELECT question.comparison_id
    FROM annotation_goldquestion AS question
    WHERE (SELECT purpose FROM wish) = 'gold' AND NOT EXISTS (SELECT FROM own)
        AND question.is_active AND question.use = 'gold'
        AND NOT EXISTS (
            SELECT FROM annotation_lease AS seen
            WHERE seen.comparison_id = question.comparison_id
                AND seen.annotator_id = %(annotator)s
        )
    ORDER BY md5(question.id::text || %(seed)s::text)
    LIMIT 1
), span AS (
    SELECT {_LUCK.format("' again'")} AS draw,
        (
            SELECT answered_at FROM annotation_lease
            WHERE annotator_id = %(annotator)s AND answered > 0 AND lost_at IS NULL
            ORDER BY answered_at
            LIMIT 1
        ) AS first_at,
        (
            SELECT answered_at FROM annotation_lease
            WHERE annotator_id = %(annotator)s AND answered > 0 AND lost_at IS NULL
            ORDER BY answered_at DESC
            OFFSET {REPEAT_AFTER} LIMIT 1
        ) AS last_at
    FROM tally
), again AS (
    SELECT earlier.comparison_id, earlier.axes,
        CASE earlier."left" WHEN 'first' THEN 'second' ELSE 'first' END AS "left"
    FROM annotation_lease AS earlier
    WHERE (SELECT purpose FROM wish) = 'repeat' AND NOT EXISTS (SELECT FROM own)
        AND earlier.annotator_id = %(annotator)s AND earlier.purpose = 'work'
        AND earlier.completed_at IS NOT NULL AND earlier.lost_at IS NULL
        AND earlier.answered > 0
        AND earlier.answered_at >= (SELECT first_at + draw * (last_at - first_at) FROM span)
        AND earlier.answered_at <= (SELECT last_at FROM span)
        AND NOT EXISTS (
            SELECT FROM annotation_lease AS seen
            WHERE seen.comparison_id = earlier.comparison_id
                AND seen.annotator_id = %(annotator)s AND seen.purpose = 'repeat' OFFSET 0
        )
    ORDER BY earlier.answered_at
    LIMIT 1
), seek AS (
    SELECT NOT EXISTS (SELECT FROM own) AND (SELECT purpose FROM wish) <> 'rest'
        AND NOT EXISTS (SELECT FROM gold) AND NOT EXISTS (SELECT FROM again) AS wanted
), {_RETURNED}, {_UNTOUCHED}, free AS (
    SELECT taken.*, CASE WHEN (taken.index % 2 = 0) = comparison.even_shows_first_left
        THEN 'first' ELSE 'second' END AS "left"
    FROM (SELECT * FROM returned UNION ALL SELECT * FROM untouched) AS taken
    JOIN annotation_comparison AS comparison ON comparison.id = taken.comparison_id
), chosen AS (
    SELECT NULL::bigint AS slot_id, comparison_id, 'gold' AS purpose,
        %(order)s::varchar[] AS axes, %(side)s AS "left" FROM gold
    UNION ALL SELECT NULL, comparison_id, 'repeat', axes, "left" FROM again
    UNION ALL SELECT id, comparison_id, 'work', axes, "left" FROM free
), lost AS (
    UPDATE annotation_lease SET lost_at = %(now)s
    FROM free
    WHERE annotation_lease.slot_id = free.id AND annotation_lease.lost_at IS NULL
        AND annotation_lease.completed_at IS NULL
    RETURNING 1
), fresh AS (
    INSERT INTO annotation_lease
        (id, created_at, slot_id, comparison_id, annotator_id, purpose, axes, "left", opens_at,
         expires_at, is_ahead, answered)
    SELECT %(id)s, %(now)s, chosen.slot_id, chosen.comparison_id, %(annotator)s, chosen.purpose,
        ARRAY(SELECT axis FROM unnest(%(order)s::varchar[]) AS axis WHERE axis = ANY(chosen.axes)),
        chosen."left",
        %(now)s + CASE WHEN %(besides)s::uuid IS NULL
            THEN LEAST(%(listen_s)s::float8, clip.duration_s) * interval '1 second'
            ELSE {_DISTANCE} END,
        %(expires)s, %(besides)s::uuid IS NOT NULL, 0
    FROM chosen
    JOIN annotation_comparison AS comparison ON comparison.id = chosen.comparison_id
    JOIN catalog_clip AS clip ON clip.id = comparison.clip_id
    WHERE (SELECT count(*) FROM lost) >= 0
    ON CONFLICT DO NOTHING
    RETURNING *
), held AS (
    UPDATE annotation_slot SET held_until = %(expires)s
    FROM fresh WHERE annotation_slot.id = fresh.slot_id
), walked AS (
    UPDATE annotation_tally SET queue_position = untouched.position
    FROM untouched, tally
    WHERE annotation_tally.annotator_id = %(annotator)s
        AND tally.n % {_STRIDE} = 0 AND NOT %(from_start)s
        AND annotation_tally.queue_position IS NOT DISTINCT FROM tally.queue_position
)
SELECT (SELECT purpose FROM wish), (SELECT count(*) FROM chosen),
    (SELECT queue_position FROM tally) IS NOT NULL, {WITHOUT_WAITING},
    {LEASE.sql}, {COMPARISON.sql}, {CLIP.sql}, {FIRST.sql}, {SECOND.sql}
FROM (SELECT * FROM own UNION ALL SELECT * FROM fresh) AS lease
JOIN annotation_comparison AS comparison ON comparison.id = lease.comparison_id
JOIN catalog_clip AS clip ON clip.id = comparison.clip_id
JOIN catalog_candidate AS first ON first.id = comparison.first_id
JOIN catalog_candidate AS second ON second.id = comparison.second_id
RIGHT JOIN (SELECT) AS always_one_row ON true
""")


def lease_of(row: tuple[object, ...], annotator: Person) -> Lease:
    """The lease of a row of OWN_OR_NEXT, with all that is shown of its comparison."""
    rest = list(row)

    def taken(columns: Columns) -> object:
        values, rest[:] = rest[: len(columns)], rest[len(columns) :]
        return columns.row(values)

    lease, comparison, clip, first, second = map(taken, (LEASE, COMPARISON, CLIP, FIRST, SECOND))
    assert isinstance(lease, Lease)
    assert isinstance(comparison, Comparison)
    comparison.clip, comparison.first, comparison.second = clip, first, second  # type: ignore[assignment]
    lease.comparison, lease.annotator = comparison, annotator
    return lease
