"""What goes into a run, by id: finished runs and snapshots, checked before anything is launched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from annotate_site.core.exceptions import Refused
from annotate_site.datasets.models import Snapshot, SnapshotState
from annotate_site.jobs.models import Run, RunKind, RunState


def needed_id(inputs: Mapping[str, Any], name: str, what: str) -> UUID:
    """The id under `name`. Raises Refused, saying `what` to choose, when there is none."""
    try:
        return UUID(str(inputs[name]))
    except (KeyError, ValueError):
        raise Refused(f"choose {what} first") from None


def ready_snapshot(snapshot_id: UUID) -> Snapshot:
    snapshot = Snapshot.objects.filter(pk=snapshot_id).first()
    if snapshot is None:
        raise Refused(f"there is no snapshot {snapshot_id}; choose another")
    if snapshot.state != SnapshotState.READY:
        raise Refused(f"{snapshot} is {snapshot.state}, not ready; choose another or wait for it")
    return snapshot


def succeeded_run(run_id: UUID, kind: RunKind, axis: str) -> Run:
    """A run of `kind` on `axis` that came to a good end."""
    run = Run.objects.filter(pk=run_id, kind=kind).first()
    if run is None:
        raise Refused(f"there is no run {run_id} of the kind “{kind.label}”; choose another")
    if run.state != RunState.SUCCEEDED:
        raise Refused(f"{run} is {run.state}, not succeeded; choose another or wait for it")
    if run.options.get("axis") != axis:
        raise Refused(f"{run} is about the axis {run.options.get('axis')}, not {axis}")
    return run
