from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.exceptions import AlreadyEnqueued
from pydantic import BaseModel, ValidationError

from annotate_site.accounts.models import Person
from annotate_site.core.exceptions import Refused
from annotate_site.jobs import tasks
from annotate_site.jobs.models import Round, Run, RunKind, RunState
from annotate_site.jobs.runners.kinds import RUNNERS
from workbench.errors import first_problem


@transaction.atomic
def launch_run(
    *, kind: RunKind, options: Mapping[str, Any], inputs: Mapping[str, Any], by: Person
) -> Run:
    """Check and store what is wanted, and queue it for a worker.

    Settings that are left out get their defaults; the row keeps the resolved ones.
    """
    runner = RUNNERS[kind]
    resolved = _checked_options(runner.Settings, options)
    checked = runner.checked_inputs(resolved, inputs)
    run = Run.objects.create(
        kind=kind,
        options=resolved,
        inputs=checked,
        launched_by=by,
        round=_round_for(kind, checked),
    )
    queue_run(run=run)
    return run


def queue_run(*, run: Run) -> None:
    """Hand a run to the workers. It is waiting at most once, however often this is called."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        tasks.execute.configure(queueing_lock=str(run.pk)).defer(run_id=str(run.pk))


@transaction.atomic
def cancel_run(*, run: Run, by: Person) -> Run:
    """A queued run is cancelled at once; a running one is asked to stop. Asking twice is fine."""
    run = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.is_finished:
        raise Refused(
            _("this run has ended already (%(state)s); there is nothing to cancel")
            % {"state": run.get_state_display()}
        )
    run.cancelled_by = by
    if run.state == RunState.QUEUED:
        run.state, run.finished_at = RunState.CANCELLED, timezone.now()
    else:
        run.state = RunState.CANCELLING
    run.save(update_fields=["state", "cancelled_by", "finished_at"])
    return run


def retry_run(*, run: Run, by: Person) -> Run:
    """Launch a finished run once more, with the same settings and inputs."""
    if not run.is_finished:
        raise Refused(
            _("this run has not ended yet (%(state)s); cancel it first, or wait")
            % {"state": run.get_state_display()}
        )
    return launch_run(kind=RunKind(run.kind), options=run.options, inputs=run.inputs, by=by)


def _checked_options(model: type[BaseModel], options: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return model.model_validate(options).model_dump(mode="json")
    except ValidationError as error:
        problem = error.errors()[0]
        if problem["type"] == "missing":
            name = ".".join(str(part) for part in problem["loc"])
            raise Refused(_("choose a value for “%(name)s” first") % {"name": name}) from None
        raise Refused(first_problem(error, whole="settings")) from None


def _round_for(kind: RunKind, inputs: Mapping[str, Any]) -> Round:
    """The round that goes on; painting with adapters begins the next one."""
    number = Round.objects.aggregate(newest=Max("number"))["newest"] or 1
    if kind == RunKind.PAINT and inputs.get("adapters"):
        refined = Run.objects.filter(
            round__number=number, kind=RunKind.REFINE, state=RunState.SUCCEEDED
        )
        number += refined.exists()
    return Round.objects.get_or_create(number=number)[0]
