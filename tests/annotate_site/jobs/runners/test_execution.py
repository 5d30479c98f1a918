from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from annotate_site.accounts.models import Person
from annotate_site.catalog.models import Clip
from annotate_site.jobs.models import Run, RunKind, RunState
from annotate_site.jobs.runners.execution import (
    WORKER_STOPPED,
    Outcome,
    Pace,
    execute_run,
    finish,
    held,
)
from annotate_site.jobs.runners.steps import log_of
from annotate_site.jobs.services import cancel_run, launch_run
from tests.factories.catalog import ClipFactory
from tests.factories.jobs import RunFactory

pytestmark = pytest.mark.django_db

_PACE = Pace(poll_s=0.1, grace_s=5.0)


def _execute(run: Run, *, is_worker_stopping: object = bool) -> Run:
    execute_run(run_id=run.pk, is_worker_stopping=is_worker_stopping, pace=_PACE)
    run.refresh_from_db()
    return run


@pytest.fixture
def describing(manager: Person) -> Run:
    ClipFactory(duration_s=3.0)
    return launch_run(kind=RunKind.DESCRIBE, options={}, inputs={}, by=manager)


def test_execute_run_takes_real_results_into_the_catalogue(describing: Run) -> None:
    run = _execute(describing)
    assert (run.state, run.failure) == (RunState.SUCCEEDED, "")
    assert run.results == {"described": 1, "failed": 0, "failures": {}}
    assert run.started_at <= run.finished_at
    descriptors = Clip.objects.get().descriptors
    assert {"key", "tempo", "time_signature", "visual_prompt"} <= descriptors.keys()
    assert log_of(run).read_text().startswith("$ python musepainter.py describe --manifest")


def test_execute_run_stops_a_real_process_when_the_run_is_cancelled(
    describing: Run, manager: Person
) -> None:
    looks = []

    def cancel_at_the_third_look() -> bool:
        looks.append(1)
        if len(looks) == 3:
            cancel_run(run=describing, by=manager)
        return False

    run = _execute(describing, is_worker_stopping=cancel_at_the_third_look)
    assert (run.state, run.failure, run.results) == (RunState.CANCELLED, "", {})
    assert Clip.objects.get().descriptors is None


def test_execute_run_of_a_stopping_worker_tells_people_so(describing: Run) -> None:
    run = _execute(describing, is_worker_stopping=lambda: True)
    assert (run.state, run.failure) == (RunState.FAILED, WORKER_STOPPED)


def test_execute_run_leaves_a_cancelled_run_alone(describing: Run, manager: Person) -> None:
    cancel_run(run=describing, by=manager)
    run = _execute(describing)
    assert (run.state, run.folder.exists()) == (RunState.CANCELLED, False)


def test_execute_run_stores_the_sentence_of_a_failing_command(describing: Run) -> None:
    Clip.objects.get().audio.storage.delete(Clip.objects.get().audio.name)
    run = _execute(describing)
    place = run.folder / "describe" / "descriptors.jsonl"
    sentence = f"none of the 1 clips could be described; see {place}"
    assert (run.state, run.results, run.failure) == (RunState.FAILED, {}, sentence)


def test_execute_run_stores_what_preparing_refuses(manager: Person) -> None:
    run = _execute(launch_run(kind=RunKind.DESCRIBE, options={}, inputs={}, by=manager))
    sentence = "there is no clip to work on; import some with `manage.py import_clips`"
    assert (run.state, run.failure) == (RunState.FAILED, sentence)


def test_execute_run_stores_an_unforeseen_error_and_its_traceback(
    describing: Run, caplog: pytest.LogCaptureFixture
) -> None:
    Run.objects.update(options={})
    run = _execute(describing)
    assert (run.state, run.failure) == (RunState.FAILED, "'again' (KeyError); see the log")
    assert log_of(run).read_text().startswith("Traceback (most recent call last)")
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_execute_run_copies_progress_to_the_row(describing: Run) -> None:
    folder = describing.folder / "describe"
    folder.mkdir(parents=True)
    (folder / "progress.json").write_text(json.dumps({"stage": "hear", "step": 2, "total": 5}))
    seen = []

    def look() -> bool:
        seen.append(Run.objects.values_list("stage", "step", "total").get())
        return len(seen) == 2

    _execute(describing, is_worker_stopping=look)
    assert seen[0] == ("listening to the clips · hear", 2, 5)


@pytest.fixture
def elsewhere() -> Iterator[psycopg.Connection]:
    """Another session of the same database: another worker."""
    parameters = connection.get_connection_params()
    place = {name: parameters[name] for name in ("host", "user", "dbname")}
    with psycopg.connect(**place, autocommit=True) as other:
        yield other


def test_held_yields_false_while_another_session_holds_the_run(
    elsewhere: psycopg.Connection,
) -> None:
    run = RunFactory()
    key = int.from_bytes(run.pk.bytes[:8], signed=True)
    elsewhere.execute("SELECT pg_advisory_lock(%s)", [key])
    with held(run.pk) as is_ours:
        assert is_ours is False
    elsewhere.execute("SELECT pg_advisory_unlock(%s)", [key])
    with held(run.pk) as is_ours:
        assert is_ours is True


def test_execute_run_leaves_a_run_to_the_worker_that_holds_it(
    describing: Run, elsewhere: psycopg.Connection
) -> None:
    key = int.from_bytes(describing.pk.bytes[:8], signed=True)
    elsewhere.execute("SELECT pg_advisory_lock(%s)", [key])
    assert _execute(describing).state == RunState.QUEUED


def test_finish_does_not_wake_a_run_that_was_given_up() -> None:
    run = RunFactory(state=RunState.FAILED, failure="given up")
    finish(run, Outcome(RunState.SUCCEEDED, {"late": True}))
    run.refresh_from_db()
    assert (run.state, run.failure, run.results) == (RunState.FAILED, "given up", {})
