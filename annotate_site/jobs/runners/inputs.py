"""What goes into a run, by id: finished runs and snapshots, checked before anything is launched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from annotate_site.core.exceptions import Refused
from annotate_site.datasets.models import Snapshot, SnapshotState
from annotate_site.jobs.models import Run, RunKind, RunState


def needed_id(inputs: Mapping[str, Any], name: str, what: str) -> UUID:
    """The id under `name`. Raises Refused, saying `what` to choose, when there is none."""
    try:
        return UUID(str(inputs[name]))
    except (KeyError, ValueError):
        raise Refused(_("choose %(what)s first") % {"what": what}) from None


def ready_snapshot(snapshot_id: UUID) -> Snapshot:
    snapshot = Snapshot.objects.filter(pk=snapshot_id).first()
    if snapshot is None:
        raise Refused(_("there is no snapshot %(id)s; choose another") % {"id": snapshot_id})
    if snapshot.state != SnapshotState.READY:
        raise Refused(
            _("%(snapshot)s is not ready (%(state)s); choose another or wait for it")
            % {"snapshot": snapshot, "state": snapshot.get_state_display()}
        )
    return snapshot


def succeeded_run(run_id: UUID, kind: RunKind, axis: str) -> Run:
    """A run of `kind` on `axis` that came to a good end."""
    run = Run.objects.filter(pk=run_id, kind=kind).first()
    if run is None:
        raise Refused(
            _("there is no run %(id)s of the kind “%(kind)s”; choose another")
            % {"id": run_id, "kind": kind.label}
        )
    if run.state != RunState.SUCCEEDED:
        raise Refused(
            _("%(run)s has not succeeded (%(state)s); choose another or wait for it")
            % {"run": run, "state": run.get_state_display()}
        )
    if run.options.get("axis") != axis:
        raise Refused(
            _("%(run)s is about the axis %(other)s, not %(axis)s")
            % {"run": run, "other": run.options.get("axis"), "axis": axis}
        )
    return run
