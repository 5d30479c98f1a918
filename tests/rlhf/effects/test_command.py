from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from musepainter import command_line
from tests.factories.embedders import tiny_embedder
from tests.factories.snapshots import seal
from tests.generation.adapters import tiny_adapter
from workbench.files import read_json, write_json
from workbench.profiles import PROFILES

SMALL = ("--pictures", "2", "--per-clip", "1", "--best-of", "1", "--weights", "0")


@pytest.fixture
def door(inputs, monkeypatch, tmp_path):
    """Runs the command on inputs that fit together but for the changes."""
    monkeypatch.setitem(PROFILES, "tiny", inputs.profile)

    def run(*options, adapters=None, rewards=None, snapshot=None) -> Result:
        given = rewards if rewards is not None else inputs.rewards.values()
        words = [
            "effects",
            *(adapters or inputs.adapters.values()),
            *(word for reward in given for word in ("--reward", reward)),
            *("-s", snapshot or inputs.snapshot, "-o", tmp_path / "run", "--profile", "tiny"),
            *(*SMALL, "--curve-pictures", "2", "--device", "cpu", *options),
        ]
        return CliRunner().invoke(command_line(["effects"]), [str(word) for word in words])

    return run


def refused(answer: Result, reason: str, tmp_path: Path) -> None:
    assert (answer.exit_code, reason in answer.stderr) == (2, True), answer.output
    assert len(answer.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_command_prints_its_results(door, tmp_path):
    answer = door("--json")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout) == read_json(tmp_path / "run" / "results.json")


def test_adapter_of_another_painter_is_refused(door, inputs, tmp_path):
    painter = Path(inputs.profile.painter)
    stranger = tiny_adapter(tmp_path / "stranger", painter, axis="emo", base_painter="f" * 64)
    answer = door(adapters=[stranger])
    refused(answer, "was trained on the base painter ffffffffffff", tmp_path)


def test_folder_without_adapter_is_refused(door, tmp_path):
    refused(door(adapters=[tmp_path / "none"]), "none is no adapter: it has no", tmp_path)


def test_adapter_without_axis_is_refused(door, inputs, tmp_path):
    nameless = tiny_adapter(tmp_path / "nameless", Path(inputs.profile.painter))
    refused(door(adapters=[nameless]), "says that it is for the axis None", tmp_path)


def test_two_adapters_of_one_axis_are_refused(door, inputs, tmp_path):
    twice = [inputs.adapters["con"]] * 2
    refused(door(adapters=twice), "are both adapters for con; give one per axis", tmp_path)


def test_reward_model_of_another_embedder_is_refused(door, inputs, monkeypatch, tmp_path):
    other = tiny_embedder(tmp_path / "embedder", seed=1)
    changed = inputs.profile.model_copy(update={"embedder": str(other)})
    monkeypatch.setitem(PROFILES, "tiny", changed)
    refused(door(), "the reward model was trained on", tmp_path)


def test_two_reward_models_of_one_axis_are_refused(door, inputs, tmp_path):
    answer = door(rewards=[inputs.rewards["emo"]] * 2)
    refused(answer, "two of the reward models are of the axis emo", tmp_path)


def test_nothing_to_measure_with_is_refused(door, tmp_path):
    refused(door(rewards=[]), "give --reward RUN, once for each axis", tmp_path)


def test_folder_without_reward_model_is_refused(door, tmp_path):
    answer = door(rewards=[tmp_path / "none"])
    refused(answer, "none is no finished reward run: it has no model folder", tmp_path)


def test_reward_model_without_judges_is_refused(door, inputs, tmp_path):
    alone = Path(shutil.copytree(inputs.rewards["emo"], tmp_path / "alone"))
    config = alone / "model" / "config.json"
    write_json(config, read_json(config) | {"judges": 0})
    refused(door(rewards=[alone]), "alone has no judges", tmp_path)


def test_snapshot_without_held_out_clips_is_refused(door, inputs, tmp_path):
    folder = Path(shutil.copytree(inputs.snapshot, tmp_path / "snapshot"))
    clips = pq.read_table(folder / "clips.parquet")
    rows = [row | {"split": "train"} for row in clips.to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, schema=clips.schema), folder / "clips.parquet")
    seal(folder)
    refused(door(snapshot=folder), "0 of clips held out", tmp_path)


def test_broken_snapshot_is_refused(door, inputs, tmp_path):
    folder = Path(shutil.copytree(inputs.snapshot, tmp_path / "snapshot"))
    (folder / "clips.parquet").write_bytes(b"broken")
    refused(door(snapshot=folder), "clips.parquet differs from its hash", tmp_path)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--weights", "0,3"), "weights lie between 0 and 2"),
        (("--emo", "2.5"), "emo = 2.5 will not do"),
        (("--cre", "0.5"), "--cre 0.5 has no adapter to weigh; give one for cre"),
    ],
)
def test_weights_that_cannot_be_are_refused(door, options, reason, tmp_path):
    refused(door(*options), reason, tmp_path)


def test_taken_folder_is_refused(door, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("mine")
    answer = door()
    assert (answer.exit_code, "run exists already" in answer.stderr) == (2, True)


def test_control_among_the_adapters_is_refused(door, inputs, tmp_path):
    answer = door(adapters=[inputs.control])
    refused(answer, "is a control, rewarded for other clips than its own; give it as", tmp_path)


def test_adapter_of_its_own_clips_is_refused_as_control(door, inputs, tmp_path):
    answer = door("--control", inputs.adapters["emo"])
    refused(answer, "so it controls nothing; a control is made by", tmp_path)


def test_control_without_its_adapter_is_refused(door, inputs, tmp_path):
    answer = door("--control", inputs.control, adapters=[inputs.adapters["con"]])
    refused(answer, "is of the axis emo, for which no adapter is given", tmp_path)
