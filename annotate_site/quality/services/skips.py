from __future__ import annotations

from datetime import datetime

from django.db import transaction

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Comparison, Skip
from annotate_site.annotation.services import walk_queue_anew
from annotate_site.catalog.models import Candidate
from annotate_site.core import audit


@transaction.atomic
def review_skips(
    *,
    comparison: Comparison,
    by: Person,
    closes: bool,
    first_is_sensitive: bool,
    second_is_sensitive: bool,
    now: datetime,
) -> int:
    """Say how a comparison stands after a look at it; returns how many skips that answers.

    Closed, nobody is asked about it any more; its answers stay. A sensitive picture is blurred
    until the annotator wants to see it. All of it can be set back in the same way.
    """
    comparison = Comparison.objects.select_for_update(no_key=True).get(pk=comparison.pk)
    pictures = Candidate.objects.select_for_update(no_key=True).in_bulk(
        [comparison.first_id, comparison.second_id]
    )
    first, second = pictures[comparison.first_id], pictures[comparison.second_id]
    before = _state(comparison, first, second)
    comparison.is_open = not closes
    comparison.save(update_fields=["is_open"])
    if comparison.is_open:
        walk_queue_anew()  # Those who passed over it while it was closed may be asked.
    for picture, is_sensitive in ((first, first_is_sensitive), (second, second_is_sensitive)):
        picture.is_sensitive = is_sensitive
        picture.save(update_fields=["is_sensitive"])
    answered = Skip.objects.filter(lease__comparison=comparison, reviewed_at=None).update(
        reviewed_at=now, reviewed_by=by
    )
    after = _state(comparison, first, second)
    if answered or before != after:
        audit.record(
            actor=by,
            action="comparison.reviewed",
            subject=comparison,
            before=before | {"skips_waiting": answered},
            after=after | {"skips_waiting": 0},
        )
    return answered


def _state(comparison: Comparison, first: Candidate, second: Candidate) -> dict[str, object]:
    return {
        "is_open": comparison.is_open,
        "first_is_sensitive": first.is_sensitive,
        "second_is_sensitive": second.is_sensitive,
    }
