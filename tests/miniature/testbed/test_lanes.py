from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import pytest
import torch
from rich.console import Console

from miniature.testbed.lanes import Lanes, crew_of
from miniature.testbed.painting import Atelier
from miniature.testbed.results import Results
from miniature.testbed.stages import Stage
from miniature.testbed.testbed import run_testbed
from tests.miniature.testbed.conftest import tiny_settings
from workbench.errors import BadInput, RunFailed, RunInterrupted
from workbench.files import read_json, sha256_of_file
from workbench.profiles import Profile
from workbench.run_folder import started_run

LANES = tiny_settings(lanes=2, threads=4)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lanes") / "run"


@pytest.fixture(scope="module")
def lanes(run_folder: Path, profile: Profile) -> Iterator[Lanes]:
    """Two processes for all tests: each takes seconds to start."""
    with started_run(
        run_folder, kind="testbed", settings=LANES, seed=0, show_progress=False
    ) as run:
        atelier = Atelier(run, profile, LANES.paint_batch)
        with crew_of(LANES, atelier, Console(quiet=True)) as crew:
            assert isinstance(crew, Lanes)
            yield crew
    assert active_children() == []


def _tell(place: Path, atelier: Atelier, *, meet: Path | None = None) -> None:
    """Write what this process is; wait for the file `meet`, which another stage makes."""
    for _ in atelier.run.track(range(3), stage="tell", total=3):
        place.write_text(f"{os.getpid()} {torch.get_num_threads()}")
    while meet and not meet.exists():
        time.sleep(0.01)


def _refuse(place: Path, atelier: Atelier) -> None:
    raise BadInput("five = 5 will not do")


def _break(place: Path, atelier: Atelier) -> None:
    raise ZeroDivisionError("nobody foresaw this")


def _die(place: Path, atelier: Atelier) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_lanes_work_at_the_same_time_with_their_share_of_the_threads(lanes, tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"

    lanes.begin(Stage("a / b / one", one, partial(_tell, meet=other)))
    assert lanes.has_room
    lanes.begin(Stage("a / b / other", other, partial(_tell, meet=one)))
    assert not lanes.has_room
    assert lanes.under_way == ["a / b / one", "a / b / other"]
    done = {lanes.next_done().stage.name for _ in range(2)}

    assert done == {"a / b / one", "a / b / other"}
    processes = {place.read_text().split()[0] for place in (one, other)}
    assert len(processes | {str(os.getpid())}) == 3
    assert {place.read_text().split()[1] for place in (one, other)} == {"2"}
    # A third stage needs no third process.
    lanes.begin(Stage("a / b / third", tmp_path / "third", _tell))
    assert lanes.next_done().cost.peak_mib > 10
    assert (tmp_path / "third").read_text().split()[0] in processes


def test_errors_of_lanes_are_told_as_without_them(lanes, tmp_path):
    lanes.begin(Stage("a / b / c", tmp_path / "c", _refuse))
    with pytest.raises(BadInput, match=r"^five = 5 will not do$"):
        lanes.next_done()
    lanes.begin(Stage("a / b / d", tmp_path / "d", _break))
    with pytest.raises(RuntimeError, match="ZeroDivisionError: nobody foresaw this"):
        lanes.next_done()


def test_progress_of_lanes_is_told_to_watchers(lanes, run_folder, tmp_path):
    progress, seen = run_folder / "progress.json", tmp_path / "seen"
    lanes.begin(Stage("a / b / c", tmp_path / "c", partial(_tell, meet=seen)))
    threading.Thread(target=_meet_when_told, args=(progress, seen), daemon=True).start()

    lanes.next_done()

    told = read_json(progress)
    assert (told["stage"], told["step"], told["total"]) == ("a / b / c", 3, 3)


def _meet_when_told(progress: Path, seen: Path) -> None:
    told = {"stage": "a / b / c", "step": 3, "total": 3}
    while read_json(progress) != told:
        time.sleep(0.01)
    seen.touch()


# After all others: it spoils what they share.
def test_lane_that_dies_is_told_with_a_way_on(lanes, tmp_path):
    lanes.begin(Stage("a / b / e", tmp_path / "e", _die))
    with pytest.raises(RunFailed, match=r"at 'a / b / e' ended with exit code -9.*--resume"):
        lanes.next_done()


def test_interrupted_lanes_end_and_go_on_to_what_one_process_does(tmp_path, profile, loop_run):
    folder, others = tmp_path / "run", active_children()
    threading.Thread(target=_stop_at_the_last_adapter, args=(folder,), daemon=True).start()
    with pytest.raises(RunInterrupted, match=r"stopped during 'round 1 / .*go on with --resume"):
        run_testbed(tiny_settings(lanes=2), folder, profile, show_progress=False)
    assert [child for child in active_children() if child not in others] == []
    assert read_json(folder / "run.json")["status"] == "cancelled"
    made_by_lanes = read_json(folder / "stages.json")["order"]
    assert len([name for name in made_by_lanes if "/ refine /" in name]) >= 2

    # The rest in this process: what lanes have made is as good as its own.
    results = run_testbed(tiny_settings(), folder, profile, resume=True, show_progress=False)

    alone = Results.model_validate(read_json(loop_run / "results.json"))
    assert results.rounds == alone.rounds
    assert results.costs.keys() == alone.costs.keys()
    assert _adapters(folder) == _adapters(loop_run)
    assert len(_adapters(folder)) == 3 + 2 + 3 * 2


def _adapters(folder: Path) -> dict[str, str]:
    """Hashes of what every adapter weighs, by its place."""
    return {
        str(path.relative_to(folder)): sha256_of_file(path)
        for path in folder.glob("round-1/*/*/**/pytorch_lora_weights.safetensors")
    }


def _stop_at_the_last_adapter(folder: Path) -> None:
    while not (folder / "round-1" / "control" / "con" / "metrics.jsonl").exists():
        time.sleep(0.005)
    os.kill(os.getpid(), signal.SIGTERM)
