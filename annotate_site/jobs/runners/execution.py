"""One run in the worker: prepare, subprocesses, collect, and the state that people see."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from annotate_site.core.exceptions import Refused
from annotate_site.jobs.models import Run, RunKind, RunState
from annotate_site.jobs.runners.kinds import RUNNERS
from annotate_site.jobs.runners.processes import StepFailed, StepStopped, run_process
from annotate_site.jobs.runners.steps import Step, log_of, step_folder
from workbench.errors import BadInput
from workbench.files import read_json

logger = logging.getLogger(__name__)

WORKER_STOPPED = "the worker stopped while this run was going on; launch it again"

_GOING_ON = (RunState.RUNNING, RunState.CANCELLING)


@dataclass(frozen=True)
class Pace:
    """How often a run is looked after, and how long it may take to stop by itself."""

    poll_s: float = 0.5
    grace_s: float = 20.0


@dataclass(frozen=True)
class Outcome:
    state: RunState
    results: dict[str, Any]
    failure: str = ""


def execute_run(
    *, run_id: UUID, is_worker_stopping: Callable[[], bool], pace: Pace = Pace()
) -> None:
    """Run a queued run to its end. One that was cancelled or taken meanwhile is left alone."""
    with held(run_id) as is_ours:
        if not is_ours or not _claim(run_id):
            logger.info("run %s is no longer waiting; nothing to do", run_id)
            return
        run = Run.objects.get(pk=run_id)
        run.folder.mkdir(parents=True, exist_ok=True)
        finish(run, _outcome(run, is_worker_stopping, pace))


@contextmanager
def held(run_id: UUID) -> Iterator[bool]:
    """Hold a run's advisory lock, which PostgreSQL frees the moment this worker's session dies.

    Yields False when another session holds it: somebody is at work on the run.
    """
    key = int.from_bytes(run_id.bytes[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def finish(run: Run, outcome: Outcome) -> None:
    Run.objects.filter(pk=run.pk, state__in=_GOING_ON).update(
        state=outcome.state,
        results=outcome.results,
        failure=outcome.failure,
        finished_at=timezone.now(),
    )


def _claim(run_id: UUID) -> bool:
    waiting = Run.objects.filter(pk=run_id, state=RunState.QUEUED)
    return bool(
        waiting.update(
            state=RunState.RUNNING, started_at=timezone.now(), stage=gettext_noop("starting")
        )
    )


def _outcome(run: Run, is_worker_stopping: Callable[[], bool], pace: Pace) -> Outcome:
    runner = RUNNERS[RunKind(run.kind)]
    try:
        steps = runner.prepare(run)
        for number, step in enumerate(steps, start=1):
            _note(run, f"{number} of {len(steps)}: {step.title}" if steps[1:] else step.title)
            _run_step(run, step, is_worker_stopping, pace)
        _note(run, gettext_noop("taking in the results"))
        with transaction.atomic():
            results = runner.collect(run)
    except StepStopped:
        return _stopped(run)
    except (StepFailed, Refused, BadInput) as error:
        return Outcome(RunState.FAILED, {}, str(error))
    except Exception as error:
        logger.exception("run %s failed", run.pk)
        _append_traceback(run)
        return Outcome(RunState.FAILED, {}, f"{error} ({type(error).__name__}); see the log")
    return Outcome(RunState.SUCCEEDED, results)


def _stopped(run: Run) -> Outcome:
    run.refresh_from_db(fields=["state"])
    if run.state == RunState.CANCELLING:
        return Outcome(RunState.CANCELLED, {})
    return Outcome(RunState.FAILED, {}, WORKER_STOPPED)


def _run_step(run: Run, step: Step, is_worker_stopping: Callable[[], bool], pace: Pace) -> None:
    title = run.stage
    folder = step_folder(run, step.name)

    def should_stop() -> bool:
        _publish_progress(run, title, folder)
        return is_worker_stopping() or _is_cancelling(run)

    if should_stop():
        raise StepStopped
    with log_of(run).open("a", encoding="utf-8") as stream:
        stream.write(f"$ python {' '.join(step.arguments)}\n")
    run_process(
        step.arguments,
        folder=run.folder,
        log=log_of(run),
        working_folder=settings.BASE_DIR,
        environment=_environment(),
        should_stop=should_stop,
        poll_s=pace.poll_s,
        grace_s=pace.grace_s,
    )


def _environment() -> dict[str, str]:
    """The worker's own, and the same data folder and database, whatever a test made of them."""
    return os.environ | {
        "MUSEPAINTER_HOME": str(settings.HOME),
        "MUSEPAINTER_DATABASE": connection.settings_dict["NAME"],
        "MUSEPAINTER_PROFILE": settings.PROFILE,
        "DJANGO_SETTINGS_MODULE": "annotate_site.config.settings",
        "PYTHONUNBUFFERED": "1",
    }


def _is_cancelling(run: Run) -> bool:
    return not Run.objects.filter(pk=run.pk, state=RunState.RUNNING).exists()


def _publish_progress(run: Run, title: str, folder: Path) -> None:
    """Copy progress.json to the row, when it says something new."""
    try:
        told = read_json(folder / "progress.json")
        stage, step, total = str(told["stage"]), int(told["step"]), int(told["total"])
    except (BadInput, KeyError, TypeError, ValueError):
        return  # Not written yet.
    stage = f"{title} · {stage}"
    if (stage, step, total) != (run.stage, run.step, run.total):
        _note(run, stage, step, total)


def _note(run: Run, stage: str, step: int = 0, total: int = 0) -> None:
    run.stage, run.step, run.total = stage[:100], max(step, 0), max(total, 0)
    Run.objects.filter(pk=run.pk).update(stage=run.stage, step=run.step, total=run.total)


def _append_traceback(run: Run) -> None:
    with log_of(run).open("a", encoding="utf-8") as stream:
        stream.write(traceback.format_exc())
