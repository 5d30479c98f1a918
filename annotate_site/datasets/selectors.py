from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from annotate_site.annotation.models import Judgement
from annotate_site.annotation.selectors import completed_judgements
from annotate_site.datasets.models import Snapshot, SnapshotState


def snapshots_newest_first() -> QuerySet[Snapshot]:
    """All snapshots with who made them and what they grew from."""
    return Snapshot.objects.select_related("made_by", "parent").order_by("-created_at", "-id")


def ready_snapshots() -> QuerySet[Snapshot]:
    """What may be downloaded."""
    return snapshots_newest_first().filter(state=SnapshotState.READY)


def lineage_of(snapshot: Snapshot) -> Iterator[Snapshot]:
    """The parent, its parent, and so on."""
    while snapshot.parent is not None:
        snapshot = snapshot.parent
        yield snapshot


def judgements_for(snapshot: Snapshot) -> QuerySet[Judgement]:
    """The judgements that the snapshot's filters let in, with what a vote names and no more:
    joined to every row, clips and pictures would fill the memory many times over."""
    judgements = completed_judgements(include_simulated=snapshot.filters["include_simulated"])
    # Who deletes the account may take the answers back: then not even their rows are given out.
    judgements = judgements.exclude(
        lease__annotator__deleted_at__isnull=False, lease__annotator__weight=0
    )
    return judgements.select_related(None).select_related("lease__annotator", "lease__comparison")
