from __future__ import annotations

import json
import math
import os
import signal
from pathlib import Path

import pytest
from pydantic import BaseModel

from workbench.errors import BadInput, RunInterrupted
from workbench.files import read_json
from workbench.run_folder import started_run


class Settings(BaseModel):
    rate: float = 0.1


def start(folder: Path, **options: bool):  # type: ignore[no-untyped-def]
    return started_run(folder, kind="test", settings=Settings(), seed=7, **options)


def test_run_records_what_made_it(tmp_path: Path) -> None:
    with started_run(
        tmp_path / "run", kind="test", settings=Settings(), seed=7, inputs={"snapshot": "ab"}
    ) as run:
        assert read_json(tmp_path / "run" / "run.json")["status"] == "running"
        run.note(accuracy=0.5)
    facts = read_json(tmp_path / "run" / "run.json")
    assert facts["status"] == "succeeded"
    assert facts["settings"] == {"rate": 0.1}
    assert (facts["seed"], facts["inputs"], facts["accuracy"]) == (7, {"snapshot": "ab"}, 0.5)
    assert facts["versions"]["python"]


def test_metrics_are_json_lines_and_nan_becomes_null(tmp_path: Path) -> None:
    with start(tmp_path / "run") as run:
        run.log(1, loss=0.5)
        run.log(2, loss=math.nan)
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"step": 1, "loss": 0.5},
        {"step": 2, "loss": None},
    ]


def test_track_writes_progress(tmp_path: Path) -> None:
    with start(tmp_path / "run") as run:
        assert list(run.track("abc", stage="spelling", total=3)) == ["a", "b", "c"]
    assert read_json(tmp_path / "run" / "progress.json") == {
        "stage": "spelling",
        "step": 3,
        "total": 3,
    }


def test_failed_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), start(tmp_path / "run"):
        _ = 1 / 0
    assert read_json(tmp_path / "run" / "run.json")["status"] == "failed"


def test_sigterm_interrupts_and_the_run_is_cancelled(tmp_path: Path) -> None:
    with pytest.raises(RunInterrupted), start(tmp_path / "run"):
        os.kill(os.getpid(), signal.SIGTERM)
    assert read_json(tmp_path / "run" / "run.json")["status"] == "cancelled"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_used_folder_is_refused_unless_resumed(tmp_path: Path) -> None:
    with start(tmp_path / "run"):
        pass
    with pytest.raises(BadInput, match="exists already"), start(tmp_path / "run"):
        pass
    with start(tmp_path / "run", resume=True):
        pass
