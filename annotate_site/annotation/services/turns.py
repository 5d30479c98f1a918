"""When the turn of a lease comes that was fetched ahead: only then its time to listen begins."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from annotate_site.accounts.models import Person
from annotate_site.annotation.services.project import current_project
from annotate_site.core.statements import Statement

_BEGIN = Statement("""
UPDATE annotation_lease AS lease
SET is_ahead = false,
    opens_at = %(now)s::timestamptz
        + LEAST(%(listen_s)s::float8, clip.duration_s) * interval '1 second'
FROM annotation_comparison AS comparison JOIN catalog_clip AS clip ON clip.id = comparison.clip_id
WHERE comparison.id = lease.comparison_id AND lease.annotator_id = %(annotator)s
    AND lease.is_ahead AND lease.completed_at IS NULL AND lease.lost_at IS NULL
RETURNING lease.id, lease.opens_at
""")


def begin_ahead(*, annotator: Person, now: datetime) -> dict[UUID, datetime]:
    """Start the time to listen of the lease that was fetched ahead, and return when it opens.

    Call it when that lease is shown: the one before is complete or was skipped.
    """
    values = {"annotator": annotator.pk, "now": now, "listen_s": current_project().listen_s}
    return dict(_BEGIN.rows(values))
