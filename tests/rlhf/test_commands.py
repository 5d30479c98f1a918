from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from musepainter import command_line
from workbench.files import read_json, write_json
from workbench.profiles import PROFILES, Profile


@pytest.fixture
def tiny_profile(monkeypatch: pytest.MonkeyPatch, profile: Profile) -> str:
    monkeypatch.setitem(PROFILES, "tiny", profile)
    return "tiny"


def _run(*arguments: str | Path) -> Result:
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(command_line(words), words)


def test_reward_commands_end_to_end(snapshot_folder, tiny_profile, tmp_path):
    run = tmp_path / "reward"
    common = ("--profile", tiny_profile, "--json")
    train = _run(
        *("reward", "train", snapshot_folder, "--axis", "emo", "-o", run, "--epochs", "2"),
        *("--resamples", "20", "--device", "cpu", *common),
    )
    assert train.exit_code == 0, train.output
    evaluate = _run("reward", "evaluate", run, "--snapshot", snapshot_folder, *common)
    assert evaluate.exit_code == 0, evaluate.output
    (judged,) = json.loads(evaluate.stdout)["scorers"].values()
    again, noted = judged["measures"]["splits"]["test"], json.loads(train.stdout)["splits"]["test"]
    assert again["loss"] == pytest.approx(noted["loss"], abs=1e-5)
    assert (again["n"], again["accuracy"]) == (noted["n"], noted["accuracy"])


def test_refine_command_prints_before_and_after(
    snapshot_folder, reward_run, tiny_profile, tmp_path
):
    small = ("--steps", "1", "--batch-size", "1", "--pretrain-batch-size", "1", "--rank", "2")
    answer = _run(
        *("refine", "--reward", reward_run, "--axis", "emo", "--snapshot", snapshot_folder),
        *("-o", tmp_path / "run", "--painting-steps", "2", "--evaluation-pictures", "1", *small),
        *("--watch-every", "0", "--profile", tiny_profile, "--json"),
    )
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["n"] == 1
    assert (tmp_path / "run" / "adapter" / "pytorch_lora_weights.safetensors").is_file()


def test_refine_command_takes_guards(snapshot_folder, reward_run, tiny_profile, tmp_path):
    guard = Path(shutil.copytree(reward_run, tmp_path / "cre"))
    config = guard / "model" / "config.json"
    write_json(config, read_json(config) | {"axis": "cre"})
    small = ("--steps", "1", "--batch-size", "1", "--pretrain-batch-size", "1", "--rank", "2")
    answer = _run(
        *("refine", "--reward", reward_run, "--axis", "emo", "--snapshot", snapshot_folder),
        *("-o", tmp_path / "run", "--guard", guard, "--painting-steps", "2", *small),
        *("--evaluation-pictures", "1", "--watch-every", "0", "--profile", tiny_profile),
    )
    assert answer.exit_code == 0, answer.output
    assert "guard_cre" in read_json(tmp_path / "run" / "run.json")["inputs"]
    assert "guarded by the reward models of cre" in (tmp_path / "run" / "README.md").read_text()


def test_refine_command_tells_what_the_watch_saw(
    snapshot_folder, reward_run, tiny_profile, tmp_path
):
    small = ("--steps", "1", "--batch-size", "1", "--pretrain-batch-size", "1", "--rank", "2")
    answer = _run(
        *("refine", "--reward", reward_run, "--axis", "emo", "--snapshot", snapshot_folder),
        *("-o", tmp_path / "run", "--painting-steps", "2", "--evaluation-pictures", "1", *small),
        *("--watch-pictures", "2", "--keep", "last", "--adherence-bound", "1"),
        *("--diversity-bound", "1", "--loss-pre-bound", "100"),
        *("--profile", tiny_profile, "--device", "cpu"),
    )
    assert answer.exit_code == 0, answer.output
    told, saved, *remark, heading, base, last, result = answer.stdout.splitlines()
    assert remark in ([], ["By the judges, nothing was gained."])
    assert told == "All 1 steps stayed within the bounds."
    assert saved.startswith("The adapter is that of step 1; the judges' reward went from ")
    assert heading.split() == ["step", "reward", "judges", "diversity", "adherence", "L_pre"]
    assert (base.split()[0], last.split()[0], last.split()[-1]) == ("0", "1", "saved")
    assert result.startswith(f"{tmp_path / 'run'}/adapter: proxy reward ")


def test_refine_command_refuses_an_unfit_model(snapshot_folder, reward_run, tiny_profile, tmp_path):
    unfit = Path(shutil.copytree(reward_run, tmp_path / "unfit"))
    verdict = {"verdict": "unfit", "reasons": ["it guesses"]}
    write_json(unfit / "metrics.json", read_json(unfit / "metrics.json") | {"fitness": verdict})
    answer = _run(
        *("refine", "--reward", unfit, "--axis", "emo", "--snapshot", snapshot_folder),
        *("-o", tmp_path / "run", "--profile", tiny_profile, "--device", "cpu"),
    )
    assert answer.exit_code == 2
    (sentence,) = answer.stderr.strip().splitlines()
    assert sentence.endswith(
        "it guesses; gather more judgements, or use it all the same with --force"
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("reward", "train", "nowhere", "-o", "r"), "axis is required; give --axis"),
        (("reward", "train", "nowhere", "-o", "r", "--axis", "emo"), "nowhere is no snapshot"),
        (("pull", "tiny"), "a token is needed; give --token or set MUSEPAINTER_TOKEN"),
        (("pull", "@"), "write NAME or NAME@VERSION"),
        (
            ("refine", "--reward", "r", "--snapshot", "s", "-o", "o", "--axis", "emo"),
            "s is no snapshot",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, reason, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MUSEPAINTER_TOKEN", raising=False)
    answer = _run(*arguments)
    assert (answer.exit_code, reason in answer.stderr) == (2, True), answer.output
    assert len(answer.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_axis_is_named_beside_those_there_are(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    answer = _run("reward", "train", "s", "-o", "r", "--axis", "joy")
    assert answer.exit_code == 2
    assert all(f"'{axis}'" in answer.stderr for axis in ("joy", "emo", "con", "cre"))
    assert list(tmp_path.iterdir()) == []
