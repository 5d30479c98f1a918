from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from musepainter import command_line
from rlhf._intervals import Resampling
from rlhf.reward_evaluation import Evaluation, evaluate_rewards
from tests.factories.dual_encoders import tiny_clip
from tests.factories.snapshots import seal, tiny_snapshot
from workbench.errors import BadInput
from workbench.files import read_json
from workbench.profiles import PROFILES
from workbench.snapshots import PAIR_SCHEMA, write_table


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory) -> Path:
    return tiny_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture
def evaluate(snapshot_folder, profile):
    def run(*names: str | Path, snapshot: Path = snapshot_folder, **options: Any) -> Evaluation:
        return evaluate_rewards(
            [str(name) for name in names], snapshot, profile, device="cpu",
            resampling=Resampling(50, 0), **options,
        )  # fmt: skip

    return run


def test_evaluation_of_a_run_repeats_its_metrics(evaluate, reward_run):
    found = evaluate(reward_run)
    told = json.loads(json.dumps(found.as_dict()))
    noted = read_json(reward_run / "metrics.json")
    judged = told["scorers"][str(reward_run)]
    assert judged["trained_on"] == noted["snapshot_sha256"] == found.snapshot_sha256
    assert judged["trained_axis"] == found.axis == "emo"
    for part in ("splits", "calibration", "by_kind", "by_source", "by_painter", "by_margin"):
        assert judged["measures"][part] == noted[part]


def test_scorers_stand_side_by_side_on_the_same_pairs(evaluate, reward_run, clip_folder):
    names = (
        *("constant", "imagebind", "imagebind-music", "imagebind-text", "logistic"),
        *("clip-score", "pickscore"),
    )
    found = evaluate(reward_run, *names, clip_model=clip_folder)
    tests = {name: judged.measures.splits["test"] for name, judged in found.scorers.items()}
    assert list(tests) == [str(reward_run), *names]
    assert {(test.n, test.n_ties, test.human_ceiling) for test in tests.values()} == {
        (12, tests["constant"].n_ties, tests["constant"].human_ceiling)
    }
    assert tests["clip-score"].decided == tests["pickscore"].decided
    same = found.scorers["clip-score"].beside["pickscore"]
    assert same.spearman == pytest.approx(1)
    assert found.scorers["constant"].beside["imagebind"].spearman is None


def test_constant_is_worth_half_a_point_for_each_decided_pair(evaluate):
    test = evaluate("constant", axis="emo").scorers["constant"].measures.splits["test"]
    assert test.decided.accuracy == 0.5
    assert test.accuracy == (0.5 * (test.n - test.n_ties) + test.n_ties) / test.n
    assert test.loss == pytest.approx(0.6931472)


def test_any_run_is_judged_on_any_axis(evaluate, reward_run):
    found = evaluate(reward_run, axis="con")
    judged = found.scorers[str(reward_run)]
    assert (found.axis, judged.trained_axis, judged.measures.axis) == ("con", "emo", "con")


def test_snapshot_without_validation_pairs_has_no_calibration(evaluate, copied_snapshot):
    write_table(copied_snapshot / "pairs" / "emo" / "validation.parquet", [], PAIR_SCHEMA)
    seal(copied_snapshot)
    judged = evaluate("logistic", axis="emo", snapshot=copied_snapshot).scorers["logistic"]
    assert judged.measures.calibration is None
    assert judged.measures.splits["test"].n == 12


@pytest.mark.parametrize(
    ("names", "options", "reason"),
    [
        (("elo",), {"axis": "emo"}, "'elo' is neither the folder of a reward run nor one of const"),
        (("clip-score",), {"axis": "emo"}, "clip-score needs the folder of a CLIPModel, given by"),
        (("pickscore",), {"axis": "emo"}, "pickscore needs the folder of a CLIPModel, given by"),
        (("constant",), {}, "no run tells the axis; give --axis emo, con or cre"),
        (("constant", "constant"), {"axis": "emo"}, "'constant' is named twice"),
    ],
)
def test_bad_names_are_refused(evaluate, names, options, reason):
    with pytest.raises(BadInput, match=reason):
        evaluate(*names, **options)


def test_snapshot_without_test_pairs_is_refused(evaluate, copied_snapshot):
    write_table(copied_snapshot / "pairs" / "emo" / "test.parquet", [], PAIR_SCHEMA)
    seal(copied_snapshot)
    with pytest.raises(BadInput, match="holds no emo judgement in its test split, so there is"):
        evaluate("constant", axis="emo", snapshot=copied_snapshot)


def test_snapshot_without_the_axis_is_refused(evaluate, tmp_path):
    only_emo = tiny_snapshot(tmp_path / "emo", n_clips=3, axes=("emo",))
    with pytest.raises(BadInput, match="holds no judgement of cre"):
        evaluate("constant", axis="cre", snapshot=only_emo)


def test_changed_snapshot_is_refused(evaluate, copied_snapshot):
    (copied_snapshot / "media/images/clip0-1.png").write_bytes(b"changed")
    with pytest.raises(BadInput, match="differs from its hash"):
        evaluate("constant", axis="emo", snapshot=copied_snapshot)


def test_folder_without_a_model_is_refused(evaluate, tmp_path):
    with pytest.raises(BadInput, match="is no finished reward run: it has no model folder"):
        evaluate(tmp_path)


def _run(*arguments: str | Path) -> Result:
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(command_line(words), words, env={"COLUMNS": "120"})


def test_command_prints_a_table_for_people(
    reward_run, copied_snapshot, profile, monkeypatch, tmp_path
):
    monkeypatch.setitem(PROFILES, "tiny", profile)
    monkeypatch.chdir(reward_run.parent)
    (copied_snapshot / "README.md").write_text("another")
    seal(copied_snapshot)
    answer = _run(
        *("reward", "evaluate", "emo", "constant", "imagebind", "-s", copied_snapshot),
        *("--axis", "con", "--resamples", "20", "--device", "cpu", "--profile", "tiny"),
    )
    assert answer.exit_code == 0, answer.output
    lines = [line.strip() for line in answer.stdout.splitlines()]
    assert lines[0].startswith("semantic content alignment (con): 12 test pairs of 2 clips")
    starts = ("emo ", "constant ", "imagebind ", "annotator ", "orig/pos ", "simulated ")
    assert all(any(line.startswith(start) for line in lines) for start in starts), answer.stdout
    assert lines[-2:] == [
        "emo was trained on the axis emo",
        "emo learned from another snapshot: clips of its training may be among the test clips",
    ]


def test_command_refuses_in_one_sentence(snapshot_folder):
    answer = _run("reward", "evaluate", "elo", "--axis", "emo", "-s", snapshot_folder, "--json")
    assert answer.exit_code == 2
    assert len(answer.stderr.strip().splitlines()) == 1
    assert "'elo' is neither the folder of a reward run nor one of constant" in answer.stderr
