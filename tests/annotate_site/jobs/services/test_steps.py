from __future__ import annotations

import pytest

from annotate_site.accounts.models import Person
from annotate_site.core.exceptions import Refused
from annotate_site.jobs.models import Round, Run, RunKind, RunState
from annotate_site.jobs.services import launch_step
from tests.factories.datasets import SnapshotFactory, judged_comparisons
from tests.factories.jobs import RunFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("describe", RunKind.DESCRIBE),
        ("paint", RunKind.PAINT),
        ("choose", RunKind.SAMPLE),
        ("judge", RunKind.SIMULATE),
        ("snapshot", RunKind.SNAPSHOT),
    ],
)
def test_launch_step_launches_one_run(manager: Person, step: str, kind: RunKind) -> None:
    assert [run.kind for run in launch_step(step=step, by=manager)] == [kind]


def test_launch_step_refuses_what_goes_on_already(manager: Person) -> None:
    launch_step(step="describe", by=manager)
    with pytest.raises(Refused, match="is going on already"):
        launch_step(step="describe", by=manager)


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ("reward", "it needs a snapshot first"),
        ("refine", "it needs a reward model first"),
        ("repaint", "refine the painter on at least one axis first"),
        ("dance", "the circle has no step 'dance'"),
    ],
)
def test_launch_step_says_what_is_missing(manager: Person, step: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        launch_step(step=step, by=manager)


def test_launch_step_reward_trains_all_axes_on_the_newest_snapshot(manager: Person) -> None:
    SnapshotFactory()
    newest = SnapshotFactory()
    runs = launch_step(step="reward", by=manager)
    assert [run.options["axis"] for run in runs] == ["emo", "con", "cre"]
    assert {run.inputs["snapshot"] for run in runs} == {str(newest.pk)}


def test_launch_step_reward_leaves_out_axes_that_are_at_work(manager: Person) -> None:
    SnapshotFactory()
    launch_step(step="reward", axis="con", by=manager)
    runs = launch_step(step="reward", by=manager)
    assert [run.options["axis"] for run in runs] == ["emo", "cre"]


def test_launch_step_refine_leaves_out_an_unfit_model_and_says_so(manager: Person) -> None:
    snapshot = SnapshotFactory()
    for axis, verdict in (("emo", "fit"), ("con", "unfit"), ("cre", "fit")):
        RunFactory(
            kind=RunKind.REWARD,
            options={"axis": axis},
            inputs={"snapshot": str(snapshot.pk)},
            results={"fitness": {"verdict": verdict, "reasons": ["it guesses"]}},
            finished=True,
        )
    with pytest.raises(Refused) as refusal:
        launch_step(step="refine", by=manager)
    assert str(refusal.value).startswith(
        "semantic content alignment: the reward model is unfit: it guesses; gather more judgements"
    )
    assert "--force" not in str(refusal.value)
    launched = Run.objects.filter(kind=RunKind.REFINE).values_list("options__axis", flat=True)
    assert sorted(launched) == ["cre", "emo"]


def test_launch_step_repaint_weighs_the_newest_adapters_equally(manager: Person) -> None:
    Round.objects.create(number=1)
    emo = RunFactory(kind=RunKind.REFINE, options={"axis": "emo"}, finished=True)
    cre = RunFactory(kind=RunKind.REFINE, options={"axis": "cre"}, finished=True)
    RunFactory(kind=RunKind.REFINE, options={"axis": "con"}, state=RunState.FAILED)
    (run,) = launch_step(step="repaint", by=manager)
    assert run.inputs == {"adapters": {"emo": str(emo.pk), "cre": str(cre.pk)}}
    assert [run.options[axis] for axis in ("emo", "con", "cre")] == [0.5, None, 0.5]


@pytest.mark.parametrize("is_simulated", [True, False])
def test_launch_step_snapshot_takes_simulated_judgements_only_without_any_of_people(
    manager: Person, is_simulated: bool
) -> None:
    (comparison,) = judged_comparisons(1)
    person = comparison.leases.get().annotator
    person.is_simulated = is_simulated
    person.save()
    (run,) = launch_step(step="snapshot", by=manager)
    assert run.options["include_simulated"] is is_simulated


def test_launch_step_snapshot_never_mixes_people_and_programs(manager: Person) -> None:
    judged_comparisons(1)
    (comparison,) = judged_comparisons(1)
    program = comparison.leases.get().annotator
    program.is_simulated = True
    program.save()
    (run,) = launch_step(step="snapshot", by=manager)
    assert run.options["include_simulated"] is False


def test_launch_step_snapshot_takes_both_when_asked(manager: Person) -> None:
    judged_comparisons(1)
    (run,) = launch_step(step="snapshot-with-simulated", by=manager)
    assert run.options["include_simulated"] is True
