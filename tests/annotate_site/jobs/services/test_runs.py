from __future__ import annotations

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from annotate_site.accounts.models import Person
from annotate_site.core.exceptions import Refused
from annotate_site.datasets.models import SnapshotState
from annotate_site.jobs.models import Round, Run, RunKind, RunState
from annotate_site.jobs.services import cancel_run, launch_run, queue_run, retry_run
from tests.factories.datasets import SnapshotFactory
from tests.factories.jobs import RunFactory

pytestmark = pytest.mark.django_db


def test_launch_run_stores_the_resolved_settings_and_queues_one_job(manager: Person) -> None:
    run = launch_run(kind=RunKind.SAMPLE, options={"k": 3}, inputs={}, by=manager)
    run.refresh_from_db()
    assert run.options == {"k": 3, "per_clip": None, "seed": 0}
    assert (run.state, run.launched_by, run.round.number) == (RunState.QUEUED, manager, 1)
    jobs = ProcrastinateJob.objects.filter(args__run_id=str(run.pk))
    assert [(job.status, job.queueing_lock) for job in jobs] == [("todo", str(run.pk))]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"k": 1}, "k = 1 will not do: Input should be greater than or equal to 2"),
        ({"k": "many"}, "k = 'many' will not do"),
        ({"colour": "red"}, "colour = 'red' will not do: Extra inputs are not permitted"),
    ],
)
def test_launch_run_refuses_bad_settings(
    manager: Person, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(Refused) as refusal:
        launch_run(kind=RunKind.SAMPLE, options=options, inputs={}, by=manager)
    assert str(refusal.value).startswith(sentence)


def test_launch_run_says_which_setting_is_missing(manager: Person) -> None:
    with pytest.raises(Refused, match="choose a value for “axis” first"):
        launch_run(kind=RunKind.REWARD, options={}, inputs={}, by=manager)


@pytest.mark.parametrize("given", [{}, {"snapshot": "none"}, {"snapshot": None}])
def test_launch_run_asks_for_a_snapshot(manager: Person, given: dict[str, object]) -> None:
    with pytest.raises(Refused, match="choose a snapshot first"):
        launch_run(kind=RunKind.REWARD, options={"axis": "emo"}, inputs=given, by=manager)


def test_launch_run_refuses_a_snapshot_that_is_not_ready(manager: Person) -> None:
    snapshot = SnapshotFactory(state=SnapshotState.FAILED)
    with pytest.raises(Refused, match=r"is not ready \(Failed\)"):
        launch_run(
            kind=RunKind.REWARD,
            options={"axis": "emo"},
            inputs={"snapshot": str(snapshot.pk)},
            by=manager,
        )


def test_launch_run_of_a_refinement_takes_the_snapshot_of_its_reward_model(
    manager: Person,
) -> None:
    snapshot = SnapshotFactory()
    reward = _reward("con", snapshot_id=str(snapshot.pk))
    run = launch_run(
        kind=RunKind.REFINE, options={"axis": "con"}, inputs={"reward": str(reward.pk)}, by=manager
    )
    assert run.inputs == {"reward": str(reward.pk), "snapshot": str(snapshot.pk)}


def test_launch_run_refuses_a_reward_model_of_another_axis(manager: Person) -> None:
    reward = _reward("emo", snapshot_id=str(SnapshotFactory().pk))
    with pytest.raises(Refused, match="is about the axis emo, not con"):
        launch_run(
            kind=RunKind.REFINE,
            options={"axis": "con"},
            inputs={"reward": str(reward.pk)},
            by=manager,
        )


def test_launch_run_refuses_a_reward_model_that_failed(manager: Person) -> None:
    reward = RunFactory(kind=RunKind.REWARD, options={"axis": "emo"}, state=RunState.FAILED)
    with pytest.raises(Refused, match=r"has not succeeded \(Failed\)"):
        launch_run(
            kind=RunKind.REFINE,
            options={"axis": "emo"},
            inputs={"reward": str(reward.pk)},
            by=manager,
        )


@pytest.mark.parametrize(
    ("options", "adapters", "sentence"),
    [
        ({}, {"blue": "x"}, "'blue' is no axis"),
        ({}, {"emo": "x"}, "choose a refinement of emo first"),
        ({"emo": 0.5}, {}, "emo has a weight but no adapter"),
    ],
)
def test_launch_run_refuses_adapters_that_do_not_fit(
    manager: Person, options: dict[str, object], adapters: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        launch_run(kind=RunKind.PAINT, options=options, inputs={"adapters": adapters}, by=manager)


def test_launch_run_painting_with_adapters_begins_the_next_round(manager: Person) -> None:
    first = Round.objects.create(number=1)
    refined = RunFactory(kind=RunKind.REFINE, options={"axis": "emo"}, round=first, finished=True)
    inputs = {"adapters": {"emo": str(refined.pk)}}
    run = launch_run(kind=RunKind.PAINT, options={}, inputs=inputs, by=manager)
    again = launch_run(kind=RunKind.PAINT, options={}, inputs=inputs, by=manager)
    assert (run.round.number, again.round.number) == (2, 2)


def test_queue_run_twice_leaves_one_job_waiting(manager: Person) -> None:
    run = launch_run(kind=RunKind.DESCRIBE, options={}, inputs={}, by=manager)
    queue_run(run=run)
    assert ProcrastinateJob.objects.filter(args__run_id=str(run.pk)).count() == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RunState.QUEUED, RunState.CANCELLED),
        (RunState.RUNNING, RunState.CANCELLING),
        (RunState.CANCELLING, RunState.CANCELLING),
    ],
)
def test_cancel_run_depends_on_what_the_run_does(
    manager: Person, before: RunState, after: RunState
) -> None:
    run = cancel_run(run=RunFactory(state=before), by=manager)
    run.refresh_from_db()
    assert (run.state, run.cancelled_by) == (after, manager)


def test_cancel_run_of_a_waiting_run_says_when_it_ended(manager: Person) -> None:
    run = cancel_run(run=RunFactory(), by=manager)
    assert run.finished_at is not None


def test_cancel_run_refuses_a_finished_run(manager: Person) -> None:
    with pytest.raises(Refused, match="has ended already"):
        cancel_run(run=RunFactory(finished=True), by=manager)


def test_retry_run_launches_the_same_again(manager: Person) -> None:
    failed = RunFactory(kind=RunKind.DESCRIBE, options={"again": True}, state=RunState.FAILED)
    run = retry_run(run=failed, by=manager)
    assert (run.pk != failed.pk, run.kind, run.options["again"]) == (True, RunKind.DESCRIBE, True)


def test_retry_run_refuses_a_run_that_goes_on(manager: Person) -> None:
    with pytest.raises(Refused, match="has not ended yet"):
        retry_run(run=RunFactory(state=RunState.RUNNING), by=manager)


def _reward(axis: str, *, snapshot_id: str) -> Run:
    return RunFactory(
        kind=RunKind.REWARD,
        options={"axis": axis},
        inputs={"snapshot": snapshot_id},
        finished=True,
    )
