from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from rlhf._correlation import Correlation
from rlhf._fitness import Fitness, check_fitness, judge_fitness
from rlhf._intervals import Accuracy
from rlhf.refine_settings import RefineSettings
from rlhf.refinement import refine
from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import train_reward
from tests.factories.snapshots import seal
from workbench.errors import BadInput
from workbench.files import read_json, write_json

_SURE = Accuracy(n=40, n_clips=8, accuracy=0.8, low=0.65, high=0.9)


def test_model_surely_above_chance_is_fit():
    beside = {"con": Correlation(30, 5, 0.94, 0.8, 0.99), "cre": Correlation(2, 1)}
    assert judge_fitness(_SURE, beside) == Fitness("fit", [])


def test_model_whose_interval_touches_chance_is_unfit():
    doubtful = Accuracy(n=40, n_clips=8, accuracy=0.62, low=0.5, high=0.8)
    assert judge_fitness(doubtful, {}) == Fitness(
        "unfit",
        ["its accuracy on 40 decided test pairs, 0.62 [0.50, 0.80], does not exclude chance "
         "(0.50)"],
    )  # fmt: skip


@pytest.mark.parametrize(("rho", "how"), [(0.96, "as"), (-0.97, "just against what")])
def test_twin_of_another_axis_is_unfit(rho: float, how: str):
    fitness = judge_fitness(_SURE, {"con": Correlation(30, 5, rho, rho, rho)})
    (reason,) = fitness.reasons
    assert fitness.verdict == "unfit"
    assert reason == (
        f"it ranks pictures {how} the con model does (Spearman {rho:+.2f} on 30 pictures; beyond "
        "0.95 two axes are one)"
    )


@pytest.mark.parametrize(
    ("decided", "reason"),
    [
        (None, "no test pair was decided, so nothing shows that it beats chance"),
        (
            Accuracy(n=40, n_clips=1, accuracy=1.0, low=0.9, high=1.0),
            "all decided test pairs are of one clip, which says nothing of others",
        ),
    ],
)
def test_model_without_evidence_is_unfit(decided: Accuracy | None, reason: str):
    assert judge_fitness(decided, {}) == Fitness("unfit", [reason])


@pytest.fixture
def unfit_run(reward_run: Path, tmp_path: Path) -> Path:
    return _with_verdict(reward_run, tmp_path, {"verdict": "unfit", "reasons": ["it guesses"]})


def _with_verdict(reward_run: Path, tmp_path: Path, fitness: dict[str, Any] | None) -> Path:
    folder = Path(shutil.copytree(reward_run, tmp_path / "judged"))
    metrics = read_json(folder / "metrics.json")
    write_json(folder / "metrics.json", metrics | {"fitness": fitness})
    return folder


def _refine(snapshot_folder: Path, reward_run: Path, output: Path, profile, **more: Any) -> None:
    settings = RefineSettings(
        axis="emo", steps=1, batch_size=1, pretrain_batch_size=1, rank=2, painting_steps=2,
        evaluation_pictures=1, reward_weight=1.0, watch_every=0, device="cpu",
    )  # fmt: skip
    refine(snapshot_folder, reward_run, output, settings, profile, show_progress=False, **more)


def test_refinement_refuses_an_unfit_model(unfit_run, snapshot_folder, profile, tmp_path):
    with pytest.raises(BadInput) as refusal:
        _refine(snapshot_folder, unfit_run, tmp_path / "r", profile)
    assert str(refusal.value) == (
        f"the reward model in {unfit_run} is unfit: it guesses; gather more judgements, or use it "
        "all the same with --force"
    )
    assert not (tmp_path / "r").exists()


def test_refinement_by_force_is_recorded(unfit_run, snapshot_folder, profile, tmp_path):
    _refine(snapshot_folder, unfit_run, tmp_path / "r", profile, force=True)
    run = read_json(tmp_path / "r" / "run.json")
    assert run["force"] is True
    assert run["reward_fitness"] == {"verdict": "unfit", "reasons": ["it guesses"]}


def test_model_without_a_verdict_is_refused(reward_run, tmp_path):
    older = _with_verdict(reward_run, tmp_path, None)
    with pytest.raises(BadInput, match="holds no verdict on the reward model's fitness; train it"):
        check_fitness(older, force=False)
    assert check_fitness(older, force=True) == {"reward_fitness": None, "force": True}


def test_training_beside_a_twin_gives_an_unfit_model(
    reward_run, copied_snapshot, profile, tmp_path
):
    """An axis with the very votes of another learns the very same model."""
    for split in ("train", "validation", "test"):
        pairs = copied_snapshot / "pairs"
        shutil.copyfile(pairs / "emo" / f"{split}.parquet", pairs / "con" / f"{split}.parquet")
    seal(copied_snapshot)
    settings = RewardSettings.model_validate(
        read_json(reward_run / "run.json")["settings"] | {"axis": "con"}
    )
    report = train_reward(
        copied_snapshot, tmp_path / "r", settings, profile, beside=[reward_run],
        show_progress=False,
    )  # fmt: skip
    assert report.beside["emo"].spearman == pytest.approx(1)
    assert report.fitness.verdict == "unfit"
    assert "it ranks pictures as the emo model does" in report.fitness.reasons[-1]
    assert read_json(tmp_path / "r" / "run.json")["fitness"]["verdict"] == "unfit"
    card = (tmp_path / "r" / "README.md").read_text()
    assert "**Unfit to refine by**" in card
    assert "| emotional consistency (`emo`) | +1.00 " in card


def test_training_refuses_a_model_of_its_own_axis_beside_it(
    reward_run, snapshot_folder, profile, reward_settings, tmp_path
):
    with pytest.raises(BadInput, match="is of the axis emo, as is the one to be trained"):
        train_reward(snapshot_folder, tmp_path / "r", reward_settings, profile, beside=[reward_run])
    with pytest.raises(BadInput, match="is no finished reward run: it has no model folder"):
        train_reward(snapshot_folder, tmp_path / "r", reward_settings, profile, beside=[tmp_path])
    assert not (tmp_path / "r").exists()
