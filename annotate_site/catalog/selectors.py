from __future__ import annotations

from django.db.models import Count, Max, Q, QuerySet

from annotate_site.catalog.models import Candidate, Clip, Painter

# The painter of spoilt copies, which serve known answers and nothing else.
CORRUPTED = "corrupted"


def real_candidates() -> QuerySet[Candidate]:
    """All candidates but spoilt copies."""
    return Candidate.objects.exclude(painter__name=CORRUPTED)


def clips_with_counts() -> QuerySet[Clip]:
    """All clips by title, each with `n_candidates`."""
    real = ~Q(candidates__painter__name=CORRUPTED)
    counted = Clip.objects.annotate(n_candidates=Count("candidates", filter=real))
    return counted.order_by("title", "id")


def candidates_of(clip: Clip) -> QuerySet[Candidate]:
    """The clip's candidates, the newest painter's first, with `painter`."""
    return clip.candidates.select_related("painter").order_by(
        "-painter__generation", "painter__name", "created_at", "id"
    )


def candidates_for_sampling() -> QuerySet[Candidate]:
    """Every real candidate with `clip` and `painter`, in an order that is the same each time."""
    return real_candidates().select_related("clip", "painter").order_by("id")


def newest_generation() -> int:
    """The highest generation of any painter; 0 when there is none."""
    return int(Painter.objects.aggregate(newest=Max("generation"))["newest"] or 0)


def credited_clips() -> QuerySet[Clip]:
    """Clips whose author or licence is known."""
    return Clip.objects.exclude(licence="", attribution="").order_by("title", "id")


def credited_candidates() -> QuerySet[Candidate]:
    """Pictures by somebody who wants, or deserves, to be named."""
    return real_candidates().exclude(attribution="").order_by("attribution", "title", "id")
