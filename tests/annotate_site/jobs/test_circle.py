from __future__ import annotations

import pytest
from django.utils import timezone

from annotate_site.annotation.models import Slot
from annotate_site.catalog.models import Clip
from annotate_site.jobs.circle import Circle, circle
from annotate_site.jobs.circle_steps import CircleStep, StepState
from annotate_site.jobs.models import Round, Run, RunKind, RunState
from tests.factories.catalog import CandidateFactory, ClipFactory
from tests.factories.datasets import SnapshotFactory, judged_comparisons
from tests.factories.jobs import RunFactory

pytestmark = pytest.mark.django_db

RESULTS = {
    RunKind.DESCRIBE: {"described": 1, "failed": 0},
    RunKind.PAINT: {"pictures": 4, "clips": 2, "painter": "mini"},
    RunKind.SAMPLE: {"published": {"comparisons": 3, "triplets": 1}},
    RunKind.SNAPSHOT: {"name": "preferences@1", "counts": {"judgements": 9}},
    RunKind.REWARD: {"splits": {"test": {"n": 8, "accuracy": 0.75}}},
    RunKind.REFINE: {
        "reward_before": 0.0,
        "reward_after": 1.0,
        "win_rate": 0.9,
        "saved_step": 40,
    },
}


@pytest.fixture
def first_round() -> Round:
    return Round.objects.create(number=1)


def _done(kind: RunKind, first_round: Round, **changes: object) -> Run:
    return RunFactory(kind=kind, round=first_round, results=RESULTS[kind], finished=True, **changes)


def _now() -> Circle:
    return circle(timezone.now())


def _step(key: str) -> CircleStep:
    return next(step for step in _now().steps if step.key == key)


def test_circle_of_an_empty_site_asks_for_clips_first() -> None:
    shown = _now()
    assert [step.state for step in shown.steps] == [StepState.BLOCKED] * 8
    assert (shown.next_step, shown.round_number) == (None, 1)
    assert shown.steps[0].needs == "Import clips first."


def test_circle_begins_with_describing() -> None:
    ClipFactory()
    assert (_now().next_step.key, _step("describe").words) == ("describe", "0 of 1 clip described")


def test_circle_goes_on_as_steps_succeed(first_round: Round) -> None:
    CandidateFactory(clip=ClipFactory(descriptors={}))
    keys = [_now().next_step.key]
    _done(RunKind.PAINT, first_round)
    keys.append(_now().next_step.key)
    _done(RunKind.SAMPLE, first_round)
    judged_comparisons(2)
    Slot.objects.update(done_at=timezone.now())
    Clip.objects.update(descriptors={})
    keys.append(_now().next_step.key)
    snapshot = SnapshotFactory()
    _done(RunKind.SNAPSHOT, first_round)
    keys.append(_now().next_step.key)
    for axis in ("emo", "con", "cre"):
        inputs = {"snapshot": str(snapshot.pk)}
        _done(RunKind.REWARD, first_round, options={"axis": axis}, inputs=inputs)
    keys.append(_now().next_step.key)
    _done(RunKind.REFINE, first_round, options={"axis": "emo"})
    keys.append(_now().next_step.key)
    assert keys == ["paint", "choose", "snapshot", "reward", "refine", "repaint"]


def test_circle_asks_to_choose_again_after_new_pictures(first_round: Round) -> None:
    CandidateFactory()
    _done(RunKind.SAMPLE, first_round)
    _done(RunKind.PAINT, first_round)
    assert _step("choose").state == StepState.READY


def test_circle_shows_what_runs_and_nothing_as_next(first_round: Round) -> None:
    ClipFactory()
    RunFactory(kind=RunKind.DESCRIBE, round=first_round, state=RunState.RUNNING)
    shown = _now()
    assert (shown.next_step, shown.running_step.key) == (None, "describe")
    assert (shown.is_running, shown.lacks_worker) == (True, False)


def test_circle_says_when_no_worker_takes_what_waits() -> None:
    RunFactory()
    assert _now().lacks_worker is True


def test_circle_offers_a_failed_step_again(first_round: Round) -> None:
    ClipFactory()
    RunFactory(kind=RunKind.DESCRIBE, round=first_round, state=RunState.FAILED)
    step = _step("describe")
    assert (step.state, step.is_next, step.can_launch) == (StepState.FAILED, True, True)


def test_circle_forgets_the_runs_of_earlier_rounds(first_round: Round) -> None:
    CandidateFactory()
    _done(RunKind.SAMPLE, first_round)
    Round.objects.create(number=2)
    assert (_now().round_number, _step("choose").state) == (2, StepState.READY)


def test_circle_trains_anew_on_a_newer_snapshot(first_round: Round) -> None:
    old = SnapshotFactory()
    inputs = {"snapshot": str(old.pk)}
    _done(RunKind.REWARD, first_round, options={"axis": "emo"}, inputs=inputs)
    assert _step("reward").parts[0].words == "75% right on 8 pairs of unseen clips"
    SnapshotFactory()
    assert [part.words for part in _step("reward").parts] == ["", "", ""]


def test_circle_fills_the_form_of_the_next_painting_with_the_adapters(first_round: Round) -> None:
    refined = _done(RunKind.REFINE, first_round, options={"axis": "con"})
    assert _step("repaint").settings_query == f"adapter_con={refined.pk}"


def test_circle_lets_a_step_that_was_left_out_wait(first_round: Round) -> None:
    CandidateFactory(clip=ClipFactory(descriptors={}))
    _done(RunKind.SAMPLE, first_round)
    judged_comparisons(2)
    Slot.objects.update(done_at=timezone.now())
    Clip.objects.update(descriptors={})
    assert (_step("paint").state, _now().next_step.key) == (StepState.READY, "snapshot")


def test_circle_offers_both_snapshots_when_people_and_programs_judged(first_round: Round) -> None:
    judged_comparisons(1)
    (comparison,) = judged_comparisons(1)
    program = comparison.leases.get().annotator
    program.is_simulated = True
    program.save()
    step = _step("snapshot")
    assert (step.action, step.other_action) == ("Take a snapshot", "With 3 simulated")
