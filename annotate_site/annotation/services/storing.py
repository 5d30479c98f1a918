"""The statement that stores answers: all that are sent together, or none.

It stores when the lease is the annotator's, is not lost, may be answered by now, and the answers
are to the axes that come next. Otherwise it returns no row; services.judgements finds out why.
The slot is locked before the lease. When this has to wait for somebody, PostgreSQL looks at the
lease's conditions again in its newest state, so they are never judged by an old one.

- The slot is touched only where the lease ends or is renewed; an answer renews a lease that was
  renewed a while ago, at most every LEASE_SECONDS / 30. Which it is cannot change while this waits:
  answers to other axes than the next are not stored.
- STORE_ON_PAGE: with the last answer, the time to listen of the lease that was fetched ahead
  begins, and the row ends with how many comparisons this person had completed before.
- The commit waits for the disk when the comparison is complete, and all of its answers with it.
  Before, they count for nothing; after a crash of the machine they may have to be given again.
"""

from __future__ import annotations

from annotate_site.annotation.models import Judgement, Lease
from annotate_site.annotation.services.taking import WITHOUT_WAITING
from annotate_site.core.statements import Columns, Statement

JUDGEMENT = Columns(Judgement, "judgement")
LEASE = Columns(Lease, "lease")

_STORED = """
WITH place AS (
    SELECT slot.id
    FROM annotation_lease AS lease JOIN annotation_slot AS slot ON slot.id = lease.slot_id
    WHERE lease.id = %(lease)s AND lease.annotator_id = %(annotator)s
        AND (lease.answered + %(count)s::int = cardinality(lease.axes)
            OR lease.expires_at < %(renews_before)s::timestamptz)
    FOR UPDATE OF slot
), lease AS (
    UPDATE annotation_lease
    SET answered = answered + %(count)s::int, answered_at = %(now)s,
        expires_at = CASE WHEN expires_at < %(renews_before)s THEN %(expires)s ELSE expires_at END,
        completed_at = CASE WHEN answered + %(count)s::int = cardinality(axes)
            THEN %(now)s::timestamptz END
    WHERE id = %(lease)s AND annotator_id = %(annotator)s
        AND lost_at IS NULL AND opens_at <= %(now)s
        AND answered + %(count)s::int <= cardinality(axes)
        AND axes[answered + 1 : answered + %(count)s::int] @> %(axes)s::varchar[]
        AND (SELECT count(*) FROM place) >= 0
    RETURNING *
), slot AS (
    UPDATE annotation_slot SET held_until = lease.expires_at, done_at = lease.completed_at
    FROM lease JOIN place ON place.id = lease.slot_id WHERE annotation_slot.id = place.id
), judgement AS (
    INSERT INTO annotation_judgement
        (id, created_at, lease_id, axis, verdict, strength, topic_position, instructions_version,
         response_ms, listened_share)
    SELECT answer.id, %(now)s, lease.id, answer.axis, answer.verdict, answer.strength,
        array_position(lease.axes, answer.axis) - 1, %(instructions_version)s::int,
        answer.response_ms, answer.listened_share
    FROM lease, unnest(
        %(ids)s::uuid[], %(axes)s::varchar[], %(verdicts)s::text[], %(strengths)s::smallint[],
        %(responses_ms)s::int[], %(listened_shares)s::float8[]
    ) AS answer (id, axis, verdict, strength, response_ms, listened_share)
    RETURNING *
)"""
_RESULT = f"""SELECT {LEASE.sql}, {JUDGEMENT.sql},
    CASE WHEN lease.completed_at IS NULL THEN {WITHOUT_WAITING} END"""
_IN_ORDER = "FROM judgement, lease ORDER BY judgement.topic_position"

STORE = Statement(f"{_STORED} {_RESULT} {_IN_ORDER}")
STORE_ON_PAGE = Statement(f"""
{_STORED}, begun AS (
    UPDATE annotation_lease AS ahead SET is_ahead = false,
        opens_at = %(now)s + (
            SELECT LEAST(%(listen_s)s::float8, clip.duration_s) * interval '1 second'
            FROM annotation_comparison AS comparison
            JOIN catalog_clip AS clip ON clip.id = comparison.clip_id
            WHERE comparison.id = ahead.comparison_id
        )
    FROM lease
    WHERE lease.completed_at IS NOT NULL AND ahead.annotator_id = %(annotator)s
        AND ahead.is_ahead AND ahead.completed_at IS NULL AND ahead.lost_at IS NULL
), before AS (
    SELECT judged, CASE WHEN day >= %(today)s::date THEN today ELSE 0 END AS today
    FROM annotation_tally WHERE annotator_id = %(annotator)s
)
{_RESULT}, (SELECT judged FROM before), (SELECT today FROM before)
{_IN_ORDER}
""")
