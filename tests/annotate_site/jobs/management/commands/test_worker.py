"""A real worker on the real queue, with real subprocesses: rows must be committed for these."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection, connections

from annotate_site.accounts.models import Person
from annotate_site.datasets.models import Snapshot, SnapshotState
from annotate_site.datasets.services import snapshot_folder
from annotate_site.jobs.models import Run, RunKind, RunState
from annotate_site.jobs.runners.execution import WORKER_STOPPED
from annotate_site.jobs.services import cancel_run, launch_run
from tests.factories.datasets import judged_comparisons
from tests.factories.jobs import RunFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _clean_queue() -> Iterator[None]:
    """Django's flush leaves procrastinate's tables alone, and the worker's thread its session."""
    before = connections["default"].settings_dict["CONN_MAX_AGE"]
    connections["default"].settings_dict["CONN_MAX_AGE"] = 0
    yield
    connections["default"].settings_dict["CONN_MAX_AGE"] = before
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def _launch(manager: Person) -> Run:
    return launch_run(kind=RunKind.SNAPSHOT, options={"name": "mine"}, inputs={}, by=manager)


def test_worker_takes_a_snapshot_from_end_to_end(manager: Person) -> None:
    judged_comparisons(3)
    run = _launch(manager)
    call_command("worker", once=True)
    run.refresh_from_db()
    snapshot = Snapshot.objects.get()
    assert (run.state, run.failure) == (RunState.SUCCEEDED, "")
    assert (snapshot.state, str(snapshot)) == (SnapshotState.READY, "mine@1")
    assert run.results["sha256"] == snapshot.sha256
    assert (snapshot_folder(snapshot) / "manifest.json").is_file()


def test_worker_stores_the_sentence_of_a_failing_run(manager: Person) -> None:
    run = _launch(manager)
    call_command("worker", once=True)
    run.refresh_from_db()
    sentence = "there is no judgement of people yet: judge some, or include simulated ones"
    assert (run.state, run.failure) == (RunState.FAILED, sentence)


def test_worker_passes_over_a_cancelled_run(manager: Person) -> None:
    run = cancel_run(run=_launch(manager), by=manager)
    call_command("worker", once=True)
    run.refresh_from_db()
    assert (run.state, run.started_at) == (RunState.CANCELLED, None)


def test_worker_tells_of_runs_that_another_worker_left_behind(manager: Person) -> None:
    vanished = RunFactory(state=RunState.RUNNING, launched_by=manager)
    lost = RunFactory(kind=RunKind.DESCRIBE, options={"again": False, "max_duration_s": 600.0})
    call_command("worker", once=True)
    vanished.refresh_from_db()
    lost.refresh_from_db()
    assert (vanished.state, vanished.failure) == (RunState.FAILED, WORKER_STOPPED)
    sentence = "there is no clip to work on; import some with `manage.py import_clips`"
    assert (lost.state, lost.failure) == (RunState.FAILED, sentence)
