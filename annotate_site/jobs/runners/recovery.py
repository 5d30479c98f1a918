"""Runs that a worker left behind when it died: told as failed, their processes ended."""

from __future__ import annotations

from procrastinate.contrib.django.models import ProcrastinateJob

from annotate_site.jobs.models import Run, RunState
from annotate_site.jobs.runners.execution import WORKER_STOPPED, Outcome, finish, held
from annotate_site.jobs.runners.processes import end_orphan


def recover_vanished_runs() -> list[Run]:
    """End every run that claims to go on though no worker holds it; returns those runs."""
    vanished = []
    for run in Run.objects.filter(state__in=(RunState.RUNNING, RunState.CANCELLING)):
        with held(run.pk) as nobody_works_on_it:
            if nobody_works_on_it:
                end_orphan(run.folder)
                finish(run, _outcome_of_vanished(run))
                vanished.append(run)
    return vanished


def unclaimed_runs() -> list[Run]:
    """Queued runs that no waiting job will ever take: their worker died between the two."""
    awaited = ProcrastinateJob.objects.filter(status="todo").values_list("args__run_id", flat=True)
    return list(Run.objects.filter(state=RunState.QUEUED).exclude(pk__in=[i for i in awaited if i]))


def _outcome_of_vanished(run: Run) -> Outcome:
    if run.state == RunState.CANCELLING:
        return Outcome(RunState.CANCELLED, {})
    return Outcome(RunState.FAILED, {}, WORKER_STOPPED)
