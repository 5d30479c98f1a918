from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from miniature.testbed.lanes import Alone
from miniature.testbed.painting import Atelier
from miniature.testbed.settings import LoopSettings
from miniature.testbed.stages import Cost, Stage, Stages, summed
from workbench.errors import BadInput
from workbench.run_folder import started_run


@pytest.fixture
def stages_of():
    """Opens the stages of a folder, as a run and its continuation do."""

    def opened(folder: Path) -> Stages:
        settings = LoopSettings()
        with started_run(
            folder, kind="testbed", settings=settings, seed=0, resume=True, show_progress=False
        ) as run:
            return Stages(run, Console(quiet=True))

    return opened


def test_stage_is_done_once_over_several_runs(tmp_path, stages_of):
    done = []

    def work(place: Path) -> None:
        done.append(place)
        place.write_text("made")

    for _ in range(2):
        made = stages_of(tmp_path).once("a / b / c", tmp_path / "file", work)

    assert done == [tmp_path / "file"]
    assert made.read_text() == "made"


def test_stage_that_failed_is_done_again_from_nothing(tmp_path, stages_of):
    def fails(place: Path) -> None:
        place.mkdir()
        (place / "half").touch()
        raise KeyboardInterrupt

    stages = stages_of(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        stages.once("a / b / c", tmp_path / "folder", fails)
    assert stages.current == "a / b / c"

    stages_of(tmp_path).once("a / b / c", tmp_path / "folder", Path.mkdir)

    assert list((tmp_path / "folder").iterdir()) == []


def test_stage_may_go_on_with_what_is_left(tmp_path, stages_of):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "checkpoint").touch()
    seen = []

    stages_of(tmp_path).once(
        "a / b / c",
        tmp_path / "folder",
        lambda place: seen.extend(path.name for path in place.iterdir()),
        keeps_leftover=True,
    )

    assert seen == ["checkpoint"]


def test_finished_stage_whose_result_is_gone_is_refused(tmp_path, stages_of):
    stages_of(tmp_path).once("a / b / c", tmp_path / "file", Path.touch)
    (tmp_path / "file").unlink()

    with pytest.raises(BadInput, match="of the finished stage 'a / b / c' is gone"):
        stages_of(tmp_path).once("a / b / c", tmp_path / "file", Path.touch)


def test_costs_are_kept_in_order_and_measure_the_stage_alone(tmp_path, stages_of):
    stages = stages_of(tmp_path)
    stages.once("z / first / x", tmp_path / "1", lambda place: place.write_bytes(bytes(300 << 20)))
    stages.once("a / second / x", tmp_path / "2", Path.touch)

    costs = stages_of(tmp_path).costs

    assert list(costs) == ["z / first / x", "a / second / x"]
    first, second = costs.values()
    assert first.seconds > 0
    # Where the system counts peaks anew, the first one's 300 MiB are not in the second.
    assert first.peak_mib >= second.peak_mib


@pytest.fixture
def alone(tmp_path, profile) -> Iterator[Alone]:
    with started_run(
        tmp_path / "alone", kind="testbed", settings=LoopSettings(), seed=0, show_progress=False
    ) as run:
        yield Alone(Atelier(run, profile, 4))


def _touch(place: Path, atelier: Atelier) -> None:
    place.touch()


def test_stages_are_followed_by_those_that_wait_for_them(tmp_path, stages_of, alone):
    def stage(name: str, *after: str) -> Stage:
        return Stage(name, tmp_path / name, _touch, then=lambda: [stage(one) for one in after])

    stages = stages_of(tmp_path / "run")
    stages.all([stage("a", "c"), stage("b")], alone)
    assert list(stages.costs) == ["a", "b", "c"]
    made = (tmp_path / "c").stat().st_mtime_ns

    again = stages_of(tmp_path / "run")
    again.all([stage("a", "c", "d")], alone)
    assert list(again.costs) == ["a", "b", "c", "d"]
    assert (tmp_path / "c").stat().st_mtime_ns == made


def test_costs_are_summed_by_where_and_what():
    costs = {
        "round 1 / refine / emo": Cost(2.0, 100.0),
        "round 1 / refine / con": Cost(3.0, 90.0),
        "round 2 / refine / con": Cost(5.0, 80.0),
    }

    assert summed(costs) == {
        "round 1 / refine": Cost(5.0, 100.0),
        "round 2 / refine": Cost(5.0, 80.0),
    }
