"""The statement that stores answers: all that are sent together, or none.

It stores when the lease is the annotator's, is not lost, may be answered by now, and the answers
are to the axes that come next. Otherwise it returns no row; services.judgements finds out why.
The slot is locked before the lease. When this has to wait for somebody, PostgreSQL looks at the
lease's conditions again in its newest state, so they are never judged by an old one.
"""

from __future__ import annotations

from annotate_site.annotation.models import Judgement, Lease
from annotate_site.core.statements import Columns, Statement

JUDGEMENT = Columns(Judgement, "judgement")
LEASE = Columns(Lease, "lease")

STORE = Statement(f"""
WITH place AS (
    SELECT slot.id
    FROM annotation_lease AS lease JOIN annotation_slot AS slot ON slot.id = lease.slot_id
    WHERE lease.id = %(lease)s AND lease.annotator_id = %(annotator)s
    FOR UPDATE OF slot
), lease AS (
    UPDATE annotation_lease
    SET answered = answered + %(count)s::int, answered_at = %(now)s, expires_at = %(expires)s,
        completed_at = CASE WHEN answered + %(count)s::int = cardinality(axes)
            THEN %(now)s::timestamptz END
    WHERE id = %(lease)s AND annotator_id = %(annotator)s
        AND lost_at IS NULL AND opens_at <= %(now)s
        AND answered + %(count)s::int <= cardinality(axes)
        AND axes[answered + 1 : answered + %(count)s::int] @> %(axes)s::varchar[]
        AND (SELECT count(*) FROM place) >= 0
    RETURNING *
), slot AS (
    UPDATE annotation_slot SET held_until = %(expires)s, done_at = lease.completed_at
    FROM lease WHERE annotation_slot.id = lease.slot_id
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
)
SELECT {LEASE.sql}, {JUDGEMENT.sql}
FROM judgement, lease
ORDER BY judgement.topic_position
""")
