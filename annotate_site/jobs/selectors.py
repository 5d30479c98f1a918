from __future__ import annotations

from django.db.models import Q, QuerySet

from annotate_site.jobs.models import FINISHED_STATES, Run, RunKind, RunState
from workbench.axes import Axis


def newest_runs(*, kind: RunKind | None = None) -> QuerySet[Run]:
    """All runs, or those of one kind, with who launched them."""
    runs = Run.objects.select_related("launched_by", "round").order_by("-created_at", "-id")
    return runs.filter(kind=kind) if kind else runs


def succeeded(*, kind: RunKind, axis: Axis | None = None) -> QuerySet[Run]:
    """Runs whose results can be used, newest first."""
    runs = newest_runs(kind=kind).filter(state=RunState.SUCCEEDED)
    return runs.filter(options__axis=axis) if axis else runs


def unfinished_runs() -> QuerySet[Run]:
    return Run.objects.exclude(state__in=FINISHED_STATES)


def runs_fed_by(run: Run) -> QuerySet[Run]:
    """The runs that use what `run` made: its snapshot, its reward model or its adapter."""
    adapters = Q()
    for axis in ("emo", "con", "cre"):
        adapters |= Q(**{f"inputs__adapters__{axis}": str(run.pk)})
    uses = Q(inputs__reward=str(run.pk)) | adapters
    if snapshot := run.results.get("snapshot"):
        uses |= Q(inputs__snapshot=snapshot)
    return newest_runs().filter(uses).exclude(pk=run.pk)


def run_that_took(snapshot_id: str) -> Run | None:
    return Run.objects.filter(kind=RunKind.SNAPSHOT, results__snapshot=snapshot_id).first()
