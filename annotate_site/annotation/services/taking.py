"""The statement that hands out a comparison: why this one, to whom, on which side.

It is one statement, and so one transaction and one round trip. In it:
- SKIP LOCKED: people who ask at the same moment get different slots and never wait.
- `held_until` repeats what the lease says, because PostgreSQL looks again only at the row that
  it locks: when somebody else was quicker, the slot's new value is seen and the row passed over.
- Reading `lost` in the INSERT makes its update come first, as the unique index demands.
- ON CONFLICT: two windows of one person that ask at once may both find nothing in hand; the index
  `lease_one_untouched_per_annotator` lets one of them through, and the other asks again.
"""

from __future__ import annotations

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Comparison, Lease
from annotate_site.catalog.models import Candidate, Clip
from annotate_site.core.statements import Columns, Statement

# An own comparison comes back after so many others at the earliest.
REPEAT_AFTER = 20

LEASE = Columns(Lease, "lease")
COMPARISON = Columns(Comparison, "comparison", only=("clip_id", "first_id", "second_id", "is_open"))
CLIP = Columns(
    Clip, "clip", only=("title", "caption", "audio", "duration_s", "gain_db", "waveform")
)
_PICTURE = ("image", "width", "height", "is_sensitive")
FIRST = Columns(Candidate, "first", only=_PICTURE)
SECOND = Columns(Candidate, "second", only=_PICTURE)

# A number from 0 to 1 that depends on the person and on how many comparisons they had alone.
_LUCK = """
    ('x' || left(md5(%(seed)s::text || ' ' || tally.n), 8))::bit(32)::bigint / 4294967296.0
"""

_OF_THE_LOOP = "('work', 'gold', 'repeat')"

OWN_OR_NEXT = Statement(f"""
WITH own AS (
    SELECT * FROM annotation_lease
    WHERE annotator_id = %(annotator)s AND completed_at IS NULL AND lost_at IS NULL
        AND purpose IN {_OF_THE_LOOP} AND id IS DISTINCT FROM %(besides)s::uuid
    ORDER BY created_at, id
    LIMIT 1
), tally AS (
    SELECT count(*) AS n, count(*) FILTER (WHERE completed_at >= %(today)s::timestamptz) AS today
    FROM annotation_lease
    WHERE annotator_id = %(annotator)s AND purpose IN {_OF_THE_LOOP}
        AND NOT EXISTS (SELECT FROM own)
), luck AS (
    SELECT {_LUCK} AS drawn,
        CASE WHEN tally.n < %(warm_up)s THEN %(gold_early)s::float8 ELSE %(gold_late)s END AS gold
    FROM tally
), wish AS (
    SELECT CASE
        WHEN tally.today >= %(daily_cap)s THEN 'rest'
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
), again AS (
    SELECT earlier.comparison_id, earlier.axes,
        CASE earlier."left" WHEN 'first' THEN 'second' ELSE 'first' END AS "left"
    FROM annotation_lease AS earlier
    WHERE (SELECT purpose FROM wish) = 'repeat' AND NOT EXISTS (SELECT FROM own)
        AND earlier.annotator_id = %(annotator)s AND earlier.purpose = 'work'
        AND earlier.completed_at IS NOT NULL AND earlier.lost_at IS NULL
        AND earlier.answered_at < (
            SELECT answered_at FROM annotation_lease
            WHERE annotator_id = %(annotator)s AND answered > 0 AND lost_at IS NULL
            ORDER BY answered_at DESC
            OFFSET {REPEAT_AFTER - 1} LIMIT 1
        )
        AND NOT EXISTS (
            SELECT FROM annotation_lease AS seen
            WHERE seen.comparison_id = earlier.comparison_id
                AND seen.annotator_id = %(annotator)s AND seen.purpose = 'repeat'
        )
    ORDER BY md5(earlier.id::text)
    LIMIT 1
), free AS (
    SELECT slot.id, slot.comparison_id, slot.axes,
        CASE WHEN (slot.index % 2 = 0) = comparison.even_shows_first_left
            THEN 'first' ELSE 'second' END AS "left"
    FROM annotation_slot AS slot
    JOIN annotation_comparison AS comparison ON comparison.id = slot.comparison_id
    WHERE NOT EXISTS (SELECT FROM own) AND (SELECT purpose FROM wish) <> 'rest'
        AND NOT EXISTS (SELECT FROM gold) AND NOT EXISTS (SELECT FROM again)
        AND slot.done_at IS NULL
        AND (slot.held_until IS NULL OR slot.held_until < %(now)s::timestamptz)
        AND comparison.is_open
        AND NOT EXISTS (
            SELECT FROM annotation_lease AS seen
            WHERE seen.comparison_id = slot.comparison_id AND seen.annotator_id = %(annotator)s
        )
    ORDER BY slot.position, slot.index
    LIMIT 1
    FOR UPDATE OF slot SKIP LOCKED
), chosen AS (
    SELECT NULL::bigint AS slot_id, comparison_id, 'gold' AS purpose,
        %(order)s::varchar[] AS axes, %(side)s AS "left" FROM gold
    UNION ALL SELECT NULL, comparison_id, 'repeat', axes, "left" FROM again
    UNION ALL SELECT id, comparison_id, 'work', axes, "left" FROM free
), lost AS (
    UPDATE annotation_lease SET lost_at = %(now)s
    FROM free WHERE annotation_lease.slot_id = free.id AND annotation_lease.lost_at IS NULL
    RETURNING 1
), fresh AS (
    INSERT INTO annotation_lease
        (id, created_at, slot_id, comparison_id, annotator_id, purpose, axes, "left", opens_at,
         expires_at, answered)
    SELECT %(id)s, %(now)s, chosen.slot_id, chosen.comparison_id, %(annotator)s, chosen.purpose,
        ARRAY(SELECT axis FROM unnest(%(order)s::varchar[]) AS axis WHERE axis = ANY(chosen.axes)),
        chosen."left",
        %(now)s + LEAST(%(listen_s)s::float8, clip.duration_s) * interval '1 second',
        %(expires)s, 0
    FROM chosen
    JOIN annotation_comparison AS comparison ON comparison.id = chosen.comparison_id
    JOIN catalog_clip AS clip ON clip.id = comparison.clip_id
    WHERE (SELECT count(*) FROM lost) >= 0
    ON CONFLICT DO NOTHING
    RETURNING *
), held AS (
    UPDATE annotation_slot SET held_until = %(expires)s
    FROM fresh WHERE annotation_slot.id = fresh.slot_id
)
SELECT (SELECT purpose FROM wish), (SELECT count(*) FROM chosen),
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
