"""Runs in two processes that talk by gloo, started by torchrun, against the same in one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from rlhf._adapter import WEIGHTS_NAME
from rlhf._processes import ALONE, Processes
from rlhf.objectives import OBJECTIVES
from rlhf.refinement import refine
from tests.rlhf.objectives.conftest import small_settings
from workbench.errors import BadInput
from workbench.files import read_json, write_json
from workbench.profiles import ROOT

# Each launch starts the libraries anew, twice.
pytestmark = pytest.mark.timeout(900)

_PATIENCE_S = 300

# Several refinements in one launch, then what each process was told about one that goes wrong.
_RUNS = """
import json, os, sys
from pathlib import Path
from rlhf.refine_settings import RefineSettings
from rlhf.refinement import refine
from workbench.profiles import Profile

plan = json.loads(Path(sys.argv[1]).read_text())
profile = Profile(**plan["profile"])
inputs = (Path(plan["snapshot"]), Path(plan["reward"]))
for name, settings in plan["runs"].items():
    output = Path(plan["folder"]) / name
    chosen = RefineSettings(**settings).model_copy(update=plan["beyond"].get(name))
    try:
        refine(*inputs, output, chosen, profile, show_progress=False)
    except Exception as error:
        told = Path(plan["folder"]) / f"{name}.{os.environ['RANK']}.txt"
        told.write_text(f"{type(error).__name__}: {error}")
"""

# The command line itself, for an installation that has one more profile.
_COMMAND = """
import json, os
from workbench.profiles import PROFILES, Profile
PROFILES["tiny"] = Profile(**json.loads(os.environ["TINY"]))
import musepainter
musepainter.main()
"""

# A rate that no weight survives, and no form accepts.
_WILD = {"learning_rate": 1e30, "max_grad_norm": 1000.0, "weight_decay": 0.0, "steps": 4}


def _settings(name: str, **changes: Any) -> Any:
    """One of each kind of thing that processes share: batches, groups, pairs, watches, averages."""
    common = {
        "pretraining_pictures": 20,
        "kl_weight": 0.5,
        "reward_weight": None,
        "ema_decay": 0.5,
        "margin_sd": 100.0,
        "steps": 2,
        # A clip and a beta at which the last bit of a float32 does not decide anything.
        "ratio_clip": 0.5,
        "dpo_beta": 50.0,
        "watch_every": 1 if name == "refl" else 0,
        "watch_pictures": 2,
        "keep": "last",
        "loss_pre_bound": 100.0,
        "diversity_bound": 1.0,
        "adherence_bound": 1.0,
        "judge_bound": 1000.0,
        "stay_close_to": "base" if name == "refl" else "snapshot",
        "group_size": 4,
    }
    return small_settings(name, **(common | changes))


def _launch(script: Path, *arguments: str | Path, **environment: str) -> list[str]:
    words = ("--nproc-per-node", "2", "--master-port", "0", "--rdzv-backend", "c10d",
             "--rdzv-endpoint", "localhost:0", script, *arguments)  # fmt: skip
    return [sys.executable, "-m", "torch.distributed.run", *map(str, words)]


def _environment(**more: str) -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), **more}


@pytest.fixture(scope="module")
def together(tmp_path_factory, snapshot_folder, reward_run, profile) -> Path:
    """The folder of a run for each objective, and of one that meets infinities."""
    folder = tmp_path_factory.mktemp("together")
    runs = {name: _settings(name) for name in OBJECTIVES} | {"wild": _settings("draft")}
    plan = {
        "profile": profile.model_dump(mode="json"),
        "snapshot": str(snapshot_folder),
        "reward": str(reward_run),
        "folder": str(folder),
        "beyond": {"wild": _WILD},
        "runs": {name: settings.model_dump(mode="json") for name, settings in runs.items()},
    }
    write_json(folder / "plan.json", plan)
    script = folder / "runs.py"
    script.write_text(_RUNS)
    subprocess.run(
        _launch(script, folder / "plan.json"), env=_environment(), check=True, timeout=_PATIENCE_S
    )
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_two_processes_learn_what_one_learns_from_the_whole_batch(
    together, tmp_path, snapshot_folder, reward_run, profile, name
):
    run = tmp_path / "alone"
    refine(snapshot_folder, reward_run, run, _settings(name), profile, show_progress=False)
    alone, shared = (_lines(folder) for folder in (run, together / name))
    assert [line.keys() for line in shared] == [line.keys() for line in alone]
    for one, other in zip(alone, shared, strict=True):
        assert other == pytest.approx(one, rel=1e-3, abs=1e-5)
    first, second = (load_file(f / "adapter" / WEIGHTS_NAME) for f in (run, together / name))
    for key, value in first.items():
        torch.testing.assert_close(second[key], value, atol=1e-4, rtol=1e-3)
    facts = [read_json(folder / "run.json") for folder in (run, together / name)]
    assert [one["processes"] for one in facts] == [1, 2]
    assert facts[1]["reward_weight"] == pytest.approx(facts[0]["reward_weight"], rel=1e-3)


@pytest.mark.slow
def test_infinity_stops_all_processes_and_keeps_the_checkpoint(together):
    told = [(together / f"wild.{rank}.txt").read_text() for rank in (0, 1)]
    assert re.match(r"RunFailed: .* became NaN or infinite at step \d; the checkpoint in", told[0])
    assert told[1] == told[0]
    assert read_json(together / "wild" / "run.json")["status"] == "failed"
    assert (together / "wild" / "checkpoint.safetensors").is_file()


@pytest.mark.slow
def test_stopped_processes_agree_on_a_step_and_go_on(
    tmp_path, snapshot_folder, reward_run, profile
):
    script, run = tmp_path / "command.py", tmp_path / "run"
    script.write_text(_COMMAND)
    settings = _settings("refl", steps=400, watch_every=0, stay_close_to="snapshot")
    write_json(tmp_path / "settings.json", settings.model_dump(mode="json"))
    command = _launch(
        script,
        *("refine", "--reward", reward_run, "--snapshot", snapshot_folder, "-o", run),
        *("--config", tmp_path / "settings.json", "--profile", "tiny"),
    )
    environment = _environment(TINY=profile.model_dump_json())
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while process.poll() is None and not (run / "metrics.jsonl").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=_PATIENCE_S)
    step = _lines(run)[-1]["step"]
    said = [line for line in told.splitlines() if line.startswith("error: ")]
    assert said == [f"error: stopped after step {step} of 400; go on with --resume"], told
    assert read_json(run / "run.json")["status"] == "cancelled"

    end = ("--steps", str(step + 2), "--resume")
    subprocess.run([*command, *end], env=environment, check=True, timeout=_PATIENCE_S)
    whole = settings.model_copy(update={"steps": step + 2})
    refine(snapshot_folder, reward_run, tmp_path / "a", whole, profile, show_progress=False)
    alone, resumed = (_lines(folder) for folder in (tmp_path / "a", run))
    assert [line["step"] for line in resumed] == list(range(1, step + 3))
    assert resumed[-1] == pytest.approx(alone[-1], rel=2e-2, abs=1e-4)


@pytest.mark.slow
def test_batch_that_cannot_be_shared_is_refused_in_one_sentence(
    tmp_path, snapshot_folder, reward_run, profile
):
    script = tmp_path / "command.py"
    script.write_text(_COMMAND)
    command = _launch(
        script,
        *("refine", "--reward", reward_run, "--snapshot", snapshot_folder, "--axis", "emo"),
        *("-o", tmp_path / "run", "--batch-size", "3", "--profile", "tiny", "--device", "cpu"),
    )
    answer = subprocess.run(
        command,
        env=_environment(TINY=profile.model_dump_json()),
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_S,
    )
    said = [line for line in answer.stderr.splitlines() if line.startswith("error: ")]
    assert said == [
        "error: batch_size is 3, which 2 processes cannot share evenly; make it a multiple of 2, "
        "or start another number of processes"
    ]
    assert "exitcode  : 2" in answer.stderr
    assert not (tmp_path / "run").exists()


def test_rows_are_shared_out_without_gap_or_overlap():
    shares = [Processes(rank, 3).rows_of(6) for rank in range(3)]
    assert shares == [slice(0, 2), slice(2, 4), slice(4, 6)]
    assert ALONE.rows_of(5) == slice(0, 5)


def test_batch_for_the_loss_that_holds_back_has_to_be_shared_too():
    settings = small_settings("refl", batch_size=4, pretrain_batch_size=6)
    with pytest.raises(BadInput, match="pretrain_batch_size is 6, which 4 processes cannot share"):
        Processes(0, 4).check(settings)


def _lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
