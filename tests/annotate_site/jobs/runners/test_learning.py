"""The two trainings: what their commands are given, and what is taken back."""

from __future__ import annotations

from typing import Any

import pytest

from annotate_site.accounts.models import Person
from annotate_site.core.exceptions import Refused
from annotate_site.datasets.models import Snapshot
from annotate_site.datasets.services import snapshot_folder
from annotate_site.jobs.forms import launch_form
from annotate_site.jobs.models import Run, RunKind, RunState
from annotate_site.jobs.runners import refine, reward
from annotate_site.jobs.runners.steps import step_folder
from annotate_site.jobs.services import launch_run
from annotate_site.jobs.words import result_in_words
from rlhf.refine_settings import RefineSettings
from rlhf.reward_settings import RewardSettings
from tests.factories.datasets import SnapshotFactory
from tests.factories.jobs import RunFactory
from workbench.files import read_json, write_json

pytestmark = pytest.mark.django_db

METRICS = {"axis": "emo", "splits": {"test": {"n": 4, "accuracy": 0.75}}}


@pytest.fixture
def snapshot() -> Snapshot:
    return SnapshotFactory()


@pytest.fixture
def trained(manager: Person, snapshot: Snapshot) -> Run:
    run = launch_run(
        kind=RunKind.REWARD,
        options={"axis": "emo", "epochs": 3},
        inputs={"snapshot": str(snapshot.pk)},
        by=manager,
    )
    step_folder(run, "train").mkdir(parents=True)
    write_json(step_folder(run, "train") / "metrics.json", METRICS)
    run.state = RunState.SUCCEEDED
    run.save()
    return run


def test_reward_prepare_trains_on_the_snapshot_with_the_saved_settings(
    trained: Run, snapshot: Snapshot
) -> None:
    (step,) = reward.prepare(trained)
    assert step.arguments == (
        "musepainter.py", "reward", "train", str(snapshot_folder(snapshot)),
        "--config", str(trained.folder / "settings.json"),
        "-o", str(trained.folder / "train"),
    )  # fmt: skip
    settings = RewardSettings.model_validate(read_json(trained.folder / "settings.json"))
    assert settings == RewardSettings(axis="emo", epochs=3)


def test_reward_collect_keeps_the_measures(trained: Run) -> None:
    assert reward.collect(trained) == METRICS


def test_refine_prepare_names_the_reward_model_and_its_snapshot(
    trained: Run, snapshot: Snapshot, manager: Person
) -> None:
    run = launch_run(
        kind=RunKind.REFINE,
        options={"axis": "emo", "steps": 2},
        inputs={"reward": str(trained.pk)},
        by=manager,
    )
    run.folder.mkdir(parents=True)
    (step,) = refine.prepare(run)
    assert step.arguments == (
        "musepainter.py", "refine",
        "--reward", str(trained.folder / "train"),
        "--snapshot", str(snapshot_folder(snapshot)),
        "--config", str(run.folder / "settings.json"),
        "-o", str(run.folder / "refine"),
    )  # fmt: skip
    settings = RefineSettings.model_validate(read_json(run.folder / "settings.json"))
    assert settings == RefineSettings(axis="emo", steps=2)


def test_refine_collect_keeps_what_changed_and_which_adapter(manager: Person, trained: Run) -> None:
    run = launch_run(
        kind=RunKind.REFINE,
        options={"axis": "emo"},
        inputs={"reward": str(trained.pk)},
        by=manager,
    )
    step_folder(run, "refine").mkdir(parents=True)
    facts = {
        "kind": "refine",
        "results": {"reward_before": 0.0, "reward_after": 1.0, "win_rate": 0.8},
        "adapter_sha256": "ab" * 32,
        "reward_weight": 0.3,
        "steps_taken": 40,
        "saved_step": 20,
        "stopped": {"step": 40, "reason": "L_pre rose", "numbers": {}},
        "reward_fitness": {"verdict": "unfit", "reasons": ["few pairs"]},
    }
    write_json(step_folder(run, "refine") / "run.json", facts)
    assert refine.collect(run) == {
        "reward_before": 0.0,
        "reward_after": 1.0,
        "win_rate": 0.8,
        "adapter_sha256": "ab" * 32,
        "reward_weight": 0.3,
        "steps_taken": 40,
        "saved_step": 20,
        "stopped_because": "L_pre rose",
        "reward_model": "unfit",
    }


def test_reward_is_laid_beside_the_newest_models_of_other_axes_on_its_snapshot(
    trained: Run, snapshot: Snapshot, manager: Person
) -> None:
    inputs = {"snapshot": str(snapshot.pk)}
    for _ in range(2):
        newest = _trained_on(inputs, "cre")
    _trained_on({"snapshot": str(SnapshotFactory().pk)}, "emo")
    run = launch_run(kind=RunKind.REWARD, options={"axis": "con"}, inputs=inputs, by=manager)
    run.folder.mkdir(parents=True)
    (step,) = reward.prepare(run)
    assert step.arguments[-4:] == (
        "--beside", str(newest.folder / "train"), "--beside", str(trained.folder / "train"),
    )  # fmt: skip


def _trained_on(inputs: dict[str, str], axis: str) -> Run:
    run = RunFactory(kind=RunKind.REWARD, options={"axis": axis}, inputs=inputs, finished=True)
    step_folder(run, "train").mkdir(parents=True)
    return run


def test_refine_says_here_where_an_unfit_model_may_be_used(trained: Run, manager: Person) -> None:
    told = (
        "the reward model is unfit: it guesses; gather more judgements, or change the settings of "
        "this refinement and tick “Use although unfit”"
    )
    options, inputs = {"axis": "emo"}, {"reward": str(trained.pk)}
    early = launch_run(kind=RunKind.REFINE, options=options, inputs=inputs, by=manager)
    trained.results = {"fitness": {"verdict": "unfit", "reasons": ["it guesses"]}}
    trained.save()
    for attempt in (
        lambda: launch_run(kind=RunKind.REFINE, options=options, inputs=inputs, by=manager),
        lambda: refine.prepare(early),
    ):
        with pytest.raises(Refused) as refusal:
            attempt()
        assert str(refusal.value) == told
    assert launch_form(RunKind.REFINE)().fields["use_although_unfit"].label == "Use although unfit"
    options["use_although_unfit"] = True
    run = launch_run(kind=RunKind.REFINE, options=options, inputs=inputs, by=manager)
    run.folder.mkdir(parents=True)
    (step,) = refine.prepare(run)
    assert step.arguments[-1] == "--force"


def test_refine_asks_for_a_wish_where_no_verdict_is_known(trained: Run, manager: Person) -> None:
    trained.results = {"splits": {}}
    trained.save()
    with pytest.raises(Refused, match="nothing says whether the reward model is fit"):
        launch_run(
            kind=RunKind.REFINE,
            options={"axis": "emo"},
            inputs={"reward": str(trained.pk)},
            by=manager,
        )


def test_refine_overrules_the_verdict_only_when_asked(trained: Run, manager: Person) -> None:
    for wish, ending in ((False, ()), (True, ("--force",))):
        run = launch_run(
            kind=RunKind.REFINE,
            options={"axis": "emo", "use_although_unfit": wish},
            inputs={"reward": str(trained.pk)},
            by=manager,
        )
        run.folder.mkdir(parents=True)
        (step,) = refine.prepare(run)
        assert step.arguments[step.arguments.index("-o") + 2 :] == ending
        assert "use_although_unfit" not in read_json(run.folder / "settings.json")


@pytest.mark.parametrize("options", [{"backbone": "clip"}, {"unfrozen": "lora"}])
def test_refine_is_not_guarded_by_models_with_other_towers(
    trained: Run, snapshot: Snapshot, manager: Person, options: dict[str, Any]
) -> None:
    guard = _trained_on({"snapshot": str(snapshot.pk)}, "cre")
    guard.options |= options
    guard.save()
    run = launch_run(
        kind=RunKind.REFINE, options={"axis": "emo"}, inputs={"reward": str(trained.pk)}, by=manager
    )
    run.folder.mkdir(parents=True)
    (step,) = refine.prepare(run)
    assert "--guard" not in step.arguments


@pytest.mark.parametrize(
    ("options", "is_guarded"),
    [({}, True), ({"is_guarded": False}, False), ({"objective": "dpo"}, False)],
)
def test_refine_is_guarded_by_the_models_of_the_other_axes(
    trained: Run, snapshot: Snapshot, manager: Person, options: dict[str, Any], is_guarded: bool
) -> None:
    guard = _trained_on({"snapshot": str(snapshot.pk)}, "cre")
    _trained_on({"snapshot": str(SnapshotFactory().pk)}, "con")
    run = launch_run(
        kind=RunKind.REFINE,
        options={"axis": "emo", **options},
        inputs={"reward": str(trained.pk)},
        by=manager,
    )
    run.folder.mkdir(parents=True)
    (step,) = refine.prepare(run)
    guards = ("--guard", str(guard.folder / "train")) if is_guarded else ()
    assert step.arguments[step.arguments.index("-o") + 2 :] == guards
    assert "is_guarded" not in read_json(run.folder / "settings.json")


def test_reward_refuses_a_snapshot_with_nothing_to_hold_out(manager: Person) -> None:
    pairs = {"train": 3, "validation": 0, "test": 0}
    snapshot = SnapshotFactory(counts={"axes": {"emo": {"pairs": pairs}}})
    with pytest.raises(Refused, match="emo judgements of too few clips to hold any out"):
        launch_run(
            kind=RunKind.REWARD,
            options={"axis": "emo"},
            inputs={"snapshot": str(snapshot.pk)},
            by=manager,
        )


@pytest.mark.parametrize(
    ("kind", "results", "words"),
    [
        (
            RunKind.REWARD,
            {"splits": {"test": {"accuracy": 0.6, "n": 5}}, "fitness": {"verdict": "unfit"}},
            "60% right on 5 pairs of unseen clips; unfit",
        ),
        (
            RunKind.REWARD,
            {"splits": {"test": {"accuracy": 0.5, "n": 5}}},
            "50% right on 5 pairs of unseen clips, no better than a coin",
        ),
        (
            RunKind.REFINE,
            {"reward_before": 0.25, "reward_after": 0.0, "win_rate": 0.25, "saved_step": 40},
            "worse than before: reward +0.25 → +0.00 sd, higher for 25%",
        ),
        (
            RunKind.REFINE,
            {
                "reward_before": 0.0,
                "reward_after": 0.5,
                "win_rate": 0.75,
                "saved_step": 20,
                "stopped_because": "L_pre rose",
            },
            "reward +0.00 → +0.50 sd, higher for 75%; stopped, step 20 kept",
        ),
        (
            RunKind.REFINE,
            {"reward_before": 0.0, "reward_after": 0.0, "win_rate": 0.5, "saved_step": 0},
            "nothing gained: the judges like no step better than the base, which was kept",
        ),
    ],
)
def test_poor_results_are_called_poor(kind: RunKind, results: dict, words: str) -> None:
    assert result_in_words(RunFactory(kind=kind, results=results, finished=True)) == words
