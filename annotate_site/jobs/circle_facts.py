"""What the steps of the circle are derived from, read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from annotate_site.annotation.models import Lease
from annotate_site.annotation.selectors import ProgressOverview, progress_overview
from annotate_site.catalog.models import Clip
from annotate_site.catalog.selectors import real_candidates
from annotate_site.datasets.models import Snapshot
from annotate_site.datasets.selectors import ready_snapshots
from annotate_site.jobs import selectors
from annotate_site.jobs.models import Round, Run, RunKind, RunState
from workbench.axes import Axis


@dataclass(frozen=True)
class CircleFacts:
    round_number: int
    runs: list[Run]
    """Of this round, newest first."""
    rewards: list[Run]
    """Succeeded reward models of any round, newest first."""
    snapshot: Snapshot | None
    progress: ProgressOverview
    n_clips: int
    n_described: int
    newest_clip_at: datetime | None
    n_candidates: int
    judged_since_sampling: int

    def newest(self, kind: RunKind, axis: Axis | None = None) -> Run | None:
        return next((run for run in self.runs if _is(run, kind, axis)), None)

    def newest_success(self, kind: RunKind, axis: Axis | None = None) -> Run | None:
        done = (run for run in self.runs if run.state == RunState.SUCCEEDED)
        return next((run for run in done if _is(run, kind, axis)), None)


def circle_facts() -> CircleFacts:
    round_number = Round.objects.aggregate(newest=Max("number"))["newest"] or 1
    runs = list(selectors.newest_runs().filter(round__number=round_number))
    clips = Clip.objects.aggregate(newest=Max("created_at"))
    sampling = next((run for run in runs if _is(run, RunKind.SAMPLE, None)), None)
    judged = Lease.objects.filter(completed_at__isnull=False)
    return CircleFacts(
        round_number=round_number,
        runs=runs,
        rewards=list(selectors.succeeded(kind=RunKind.REWARD)),
        snapshot=ready_snapshots().first(),
        progress=progress_overview(),
        n_clips=Clip.objects.count(),
        n_described=Clip.objects.filter(descriptors__isnull=False).count(),
        newest_clip_at=clips["newest"],
        n_candidates=real_candidates().count(),
        judged_since_sampling=(
            judged.filter(completed_at__gte=sampling.created_at).count() if sampling else 0
        ),
    )


def _is(run: Run, kind: RunKind, axis: Axis | None) -> bool:
    return run.kind == kind and axis in (None, run.options.get("axis"))
