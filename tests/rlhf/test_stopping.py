"""Runs as real processes, stopped as the site's worker stops them, and gone on with."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate_site.jobs.runners.processes import StepStopped, run_process
from rlhf.refinement import has_checkpoint
from workbench.files import read_json
from workbench.profiles import ROOT, Profile

# Each starts the libraries anew once or twice.
pytestmark = pytest.mark.timeout(900)

# The command line itself, for an installation that has one more profile.
_COMMAND = """
import json, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # Ignored in a shell's background.
from workbench.profiles import PROFILES, Profile
PROFILES["tiny"] = Profile(**json.loads(sys.argv.pop(1)))
import musepainter
musepainter.main()
"""


_PATIENCE_S = 300  # A busy machine is slow, not wrong.


def _command(profile: Profile, *arguments: str | Path) -> list[str]:
    words = [str(argument) for argument in (*arguments, "--profile", "tiny")]
    return [sys.executable, "-c", _COMMAND, profile.model_dump_json(), *words]


def _stopped(command: list[str], is_time: Callable[[], bool], number: int) -> tuple[int, str]:
    """Exit code and stderr of a process group that got a signal as soon as it was time."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        while process.poll() is None and not is_time():
            time.sleep(0.005)
        if process.poll() is None:
            os.killpg(process.pid, number)
        try:
            _, told = process.communicate(timeout=_PATIENCE_S)
        finally:
            process.kill()
    return process.returncode, told


def _finished(command: list[str]) -> None:
    subprocess.run(
        [*command, "--resume"], cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=True
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_refinement_names_resume_and_goes_on(
    snapshot_folder, reward_run, profile, tmp_path, number
):
    run = tmp_path / "run"
    command = _command(
        profile,
        *("refine", "--reward", reward_run, "--axis", "emo", "--snapshot", snapshot_folder),
        *("-o", run, "--steps", "400", "--batch-size", "1", "--pretrain-batch-size", "1"),
        *("--rank", "2", "--painting-steps", "2", "--evaluation-pictures", "1"),
        *("--pretraining-pictures", "1", "--watch-every", "0", "--device", "cpu"),
    )
    code, told = _stopped(command, (run / "metrics.jsonl").exists, number)
    step = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])["step"]
    assert (code, told) == (1, f"error: stopped after step {step} of 400; go on with --resume\n")
    assert read_json(run / "run.json")["status"] == "cancelled"

    command[command.index("--steps") + 1] = str(step + 1)
    _finished(command)
    facts = read_json(run / "run.json")
    assert (facts["status"], facts["resumed_at"]) == ("succeeded", step)


def test_refinement_that_the_worker_cancels_keeps_a_checkpoint(
    snapshot_folder, reward_run, profile, tmp_path
):
    run, log = tmp_path / "run", tmp_path / "log.txt"
    _, *arguments = _command(
        profile,
        *("refine", "--reward", reward_run, "--axis", "emo", "--snapshot", snapshot_folder),
        *("-o", run, "--steps", "400", "--batch-size", "1", "--pretrain-batch-size", "1"),
        *("--rank", "2", "--painting-steps", "2", "--evaluation-pictures", "1"),
        *("--pretraining-pictures", "1", "--watch-every", "0", "--device", "cpu"),
    )
    with pytest.raises(StepStopped):
        run_process(
            arguments,
            folder=tmp_path,
            log=log,
            working_folder=ROOT,
            environment=os.environ | {"OMP_NUM_THREADS": "1"},
            should_stop=(run / "metrics.jsonl").exists,
            poll_s=0.05,
            grace_s=_PATIENCE_S,
        )
    last = log.read_text().splitlines()[-1]
    assert re.fullmatch(r"error: stopped after step \d+ of 400; go on with --resume", last)
    assert has_checkpoint(run)


def test_refinement_stopped_before_its_steps_begins_again(
    snapshot_folder, reward_run, profile, tmp_path
):
    run = tmp_path / "run"
    command = _command(
        profile,
        *("refine", "--reward", reward_run, "--axis", "emo", "--snapshot", snapshot_folder),
        *("-o", run, "--steps", "1", "--batch-size", "1", "--pretrain-batch-size", "1"),
        *("--rank", "2", "--painting-steps", "2", "--evaluation-pictures", "1"),
        *("--pretraining-pictures", "4096", "--watch-every", "0", "--device", "cpu"),
    )
    code, told = _stopped(command, (run / "progress.json").exists, signal.SIGTERM)
    stage = "paint what to stay close to"
    assert (code, told) == (1, f"error: stopped during '{stage}'; go on with --resume\n")


def test_stopped_reward_training_names_resume_and_goes_on(
    reward_run, snapshot_folder, profile, tmp_path
):
    run = tmp_path / "run"
    command = _command(
        profile,
        *("reward", "train", snapshot_folder, "-o", run, "--axis", "emo", "--hidden", "8"),
        *("--epochs", "900", "--resamples", "20", "--device", "cpu", "--evaluations", "1"),
    )

    def is_training() -> bool:
        return (run / "progress.json").exists() and read_json(run / "progress.json")["stage"] == (
            "train"
        )

    code, told = _stopped(command, is_training, signal.SIGTERM)
    (checkpoint,) = (run / "checkpoints").iterdir()
    step = read_json(checkpoint / "trainer_state.json")["global_step"]
    assert (code, told) == (1, f"error: stopped after step {step} of 900; go on with --resume\n")

    command[command.index("--epochs") + 1] = "2"
    _finished(command)
    assert read_json(run / "run.json")["status"] == "succeeded"
