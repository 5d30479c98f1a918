from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from annotate_site.accounts.models import Person
from annotate_site.jobs.models import RunKind, RunState
from annotate_site.jobs.runners.execution import WORKER_STOPPED
from annotate_site.jobs.runners.processes import PROCESS_NAME
from annotate_site.jobs.runners.recovery import recover_vanished_runs, unclaimed_runs
from annotate_site.jobs.services import launch_run
from tests.factories.jobs import RunFactory
from workbench.files import write_json

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("before", "after", "failure"),
    [
        (RunState.RUNNING, RunState.FAILED, WORKER_STOPPED),
        (RunState.CANCELLING, RunState.CANCELLED, ""),
    ],
)
def test_recover_vanished_runs_ends_what_no_worker_holds(
    before: RunState, after: RunState, failure: str
) -> None:
    run = RunFactory(state=before)
    assert recover_vanished_runs() == [run]
    run.refresh_from_db()
    assert (run.state, run.failure, run.finished_at is not None) == (after, failure, True)


def test_recover_vanished_runs_ends_the_process_that_was_left_behind() -> None:
    run = RunFactory(state=RunState.RUNNING)
    run.folder.mkdir(parents=True)
    code = "import time; time.sleep(60)"
    orphan = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    stat = Path(f"/proc/{orphan.pid}/stat").read_text()
    started = stat.rsplit(")", 1)[1].split()[19]
    host = Path("/proc/sys/kernel/hostname").read_text().strip()
    write_json(run.folder / PROCESS_NAME, {"pid": orphan.pid, "started": started, "host": host})
    recover_vanished_runs()
    assert orphan.wait(timeout=5) == -9


def test_recover_vanished_runs_spares_a_run_that_another_worker_holds() -> None:
    run = RunFactory(state=RunState.RUNNING)
    parameters = connection.get_connection_params()
    place = {name: parameters[name] for name in ("host", "user", "dbname")}
    with psycopg.connect(**place, autocommit=True) as other:
        key = int.from_bytes(run.pk.bytes[:8], signed=True)
        other.execute("SELECT pg_advisory_lock(%s)", [key])
        assert recover_vanished_runs() == []


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.SUCCEEDED, RunState.CANCELLED])
def test_recover_vanished_runs_leaves_other_states_alone(state: RunState) -> None:
    RunFactory(state=state)
    assert recover_vanished_runs() == []


def test_unclaimed_runs_are_those_without_a_waiting_job(manager: Person) -> None:
    waiting = launch_run(kind=RunKind.DESCRIBE, options={}, inputs={}, by=manager)
    lost = RunFactory()
    assert unclaimed_runs() == [lost]
    assert ProcrastinateJob.objects.filter(args__run_id=str(waiting.pk)).count() == 1
