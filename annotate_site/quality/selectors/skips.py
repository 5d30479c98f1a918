from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Max, Q

from annotate_site.annotation.models import Comparison, Skip, SkipReason
from annotate_site.quality.selectors.disagreements import shown_comparisons


class SkippedComparison(NamedTuple):
    comparison: Comparison
    skips: list[Skip]

    @property
    def is_upsetting(self) -> bool:
        return any(skip.reason == SkipReason.UPSETTING for skip in self.skips)


def skip_counts(*, reviewed: bool) -> list[tuple[str, str, int]]:
    """Reason, its label, and how many skips there are; all reasons, in their order."""
    rows = (
        Skip.objects.filter(reviewed_at__isnull=not reviewed)
        .values("reason")
        .annotate(n=Count("pk"))
    )
    counts = {row["reason"]: row["n"] for row in rows}
    return [(value, str(label), counts.get(value, 0)) for value, label in SkipReason.choices]


def skipped_ids(*, reason: str = "", reviewed: bool = False) -> list[UUID]:
    """Comparisons with such a skip, those that most people passed over first."""
    skips = Q(leases__skip__isnull=False, leases__skip__reviewed_at__isnull=not reviewed)
    if reason:
        skips &= Q(leases__skip__reason=reason)
    found = (
        Comparison.objects.filter(skips)
        .annotate(n=Count("leases__skip"), newest=Max("leases__skip__created_at"))
        .order_by("-n", "-newest", "pk")
    )
    return list(found.values_list("pk", flat=True))


def skipped_comparisons(ids: list[UUID]) -> list[SkippedComparison]:
    """In the order of `ids`, each with all its skips."""
    shown = shown_comparisons().in_bulk(ids)
    skips = (
        Skip.objects.filter(lease__comparison__in=ids)
        .select_related("lease__annotator", "reviewed_by")
        .order_by("created_at")
    )
    found: dict[UUID, list[Skip]] = {pk: [] for pk in ids}
    for skip in skips:
        found[skip.lease.comparison_id].append(skip)
    return [SkippedComparison(shown[pk], found[pk]) for pk in ids]
