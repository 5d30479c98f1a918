"""Training in two processes that talk by gloo, against the same in one.

They are started by torchrun, as `accelerate launch` starts those of several GPUs; on a CPU it asks
for MPI, which is not here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import train_reward
from tests.factories.dual_encoders import tiny_clip
from workbench.files import read_json, write_json
from workbench.profiles import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

_PATIENCE_S = 600

_SCRIPT = """
import json, os, sys
from pathlib import Path
from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import train_reward
from workbench.errors import BadInput
from workbench.profiles import Profile

plan = json.loads(Path(sys.argv[1]).read_text())
for name, settings in plan["runs"].items():
    run = Path(plan["folder"]) / name
    try:
        train_reward(
            Path(plan["snapshot"]), run, RewardSettings(**settings), Profile(**plan["profile"]),
            show_progress=False,
        )
    except BadInput as error:
        Path(plan["folder"], f"{name}.{os.environ['RANK']}.txt").write_text(str(error))
"""


def _settings(backbone: str = "", **changes) -> RewardSettings:
    """Nothing is drawn but the order: every process would draw dropout for its own rows."""
    known = {"axis": "emo", "epochs": 2, "hidden": 8, "resamples": 50, "evaluations": 6,
             "batch_size": 10, "dropout": 0.0, "input_dropout": 0.0, "missing_share": 0.0,
             "patience": 100, "lora_rank": 2, "device": "cpu", "backbone": backbone}  # fmt: skip
    return RewardSettings(**known | changes)


@pytest.fixture(scope="module")
def runs(tmp_path_factory, snapshot_folder, profile) -> Path:
    """Folders by name, in `together` of two processes and in `alone` of one."""
    folder = tmp_path_factory.mktemp("processes")
    clip = str(tiny_clip(folder / "clip"))
    settings = {"frozen": _settings(), "lora": _settings(clip, unfrozen="lora")}
    plan = {
        "profile": profile.model_dump(mode="json"),
        "snapshot": str(snapshot_folder),
        "folder": str(folder / "together"),
        "runs": {name: each.model_dump(mode="json") for name, each in settings.items()}
        | {"uneven": _settings(batch_size=9).model_dump(mode="json")},
    }
    (folder / "together").mkdir()
    write_json(folder / "plan.json", plan)
    (folder / "script.py").write_text(_SCRIPT)
    subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"),
            *("--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"),
            *(folder / "script.py", folder / "plan.json"),
        ],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=_PATIENCE_S,
    )
    for name, each in settings.items():
        train_reward(snapshot_folder, folder / "alone" / name, each, profile, show_progress=False)
    return folder


def _curve(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("name", ["frozen", "lora"])
def test_two_processes_learn_what_one_learns(runs, name):
    together, alone = (_curve(runs / way / name) for way in ("together", "alone"))
    assert [line["step"] for line in together] == [line["step"] for line in alone]
    assert sum("loss" in line for line in alone) == 6
    for ours, theirs in zip(together, alone, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-3, abs=1e-4)
    first, second = (
        load_file(runs / way / name / "model" / "model.safetensors")
        for way in ("together", "alone")
    )
    assert first.keys() == second.keys()
    for tensor, value in first.items():
        torch.testing.assert_close(value, second[tensor], atol=1e-3, rtol=1e-2)


def test_the_main_process_alone_writes(runs):
    run = runs / "together" / "frozen"
    assert sorted(path.name for path in run.iterdir()) == sorted(
        path.name for path in (runs / "alone" / "frozen").iterdir()
    )
    facts = read_json(run / "run.json")
    assert (facts["status"], facts["processes"]) == ("succeeded", 2)


def test_a_batch_that_cannot_be_shared_is_refused_by_every_process(runs):
    told = {path.read_text() for path in (runs / "together").glob("uneven.*.txt")}
    assert told == {
        "batch_size is 9, which 2 processes cannot share evenly; make it a multiple of 2, or start "
        "another number of them"
    }
    assert not (runs / "together" / "uneven").exists()
