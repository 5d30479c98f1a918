from __future__ import annotations

from django.db.models import Count, Max, QuerySet

from annotate_site.catalog.models import Candidate, Clip, Painter


def clips_with_counts() -> QuerySet[Clip]:
    """All clips by title, each with `n_candidates`."""
    return Clip.objects.annotate(n_candidates=Count("candidates")).order_by("title", "id")


def candidates_of(clip: Clip) -> QuerySet[Candidate]:
    """The clip's candidates, the newest painter's first, with `painter`."""
    return clip.candidates.select_related("painter").order_by(
        "-painter__generation", "painter__name", "created_at", "id"
    )


def candidates_for_sampling() -> QuerySet[Candidate]:
    """Every candidate with `clip` and `painter`, in an order that is the same each time."""
    return Candidate.objects.select_related("clip", "painter").order_by("id")


def newest_generation() -> int:
    """The highest generation of any painter; 0 when there is none."""
    return int(Painter.objects.aggregate(newest=Max("generation"))["newest"] or 0)


def credited_clips() -> QuerySet[Clip]:
    """Clips whose author or licence is known."""
    return Clip.objects.exclude(licence="", attribution="").order_by("title", "id")


def credited_candidates() -> QuerySet[Candidate]:
    """Pictures by somebody who wants, or deserves, to be named."""
    return Candidate.objects.exclude(attribution="").order_by("attribution", "title", "id")
