from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from annotate_site.jobs.models import RunKind, RunState
from annotate_site.jobs.presentation import Fact, Grid, live_run
from tests.factories.jobs import RunFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def test_live_run_lays_splits_side_by_side() -> None:
    results = {
        "axis": "emo",
        "splits": {"train": {"n": 9, "loss": 0.5}, "test": {"n": 2, "accuracy": 1.0}},
        "reward": {"mean": 0.1},
    }
    shown = live_run(
        RunFactory(kind=RunKind.REWARD, options={"axis": "emo"}, results=results, finished=True),
        NOW,
    )
    assert shown.results == [Fact("axis", "emo"), Fact("reward · mean", 0.1)]
    rows = [("n", [9, 2]), ("loss", [0.5, None]), ("accuracy", [None, 1.0])]
    assert shown.grids == [Grid("splits", ["train", "test"], rows)]


@pytest.mark.parametrize(
    ("step", "total", "remaining"),
    [(0, 0, None), (0, 10, None), (1, 100, None), (5, 10, 60), (10, 10, 0)],
)
def test_live_run_estimates_what_is_left_by_the_pace_so_far(
    step: int, total: int, remaining: int | None
) -> None:
    started = NOW - timedelta(seconds=60)
    run = RunFactory(state=RunState.RUNNING, started_at=started, step=step, total=total)
    expected = None if remaining is None else timedelta(seconds=remaining)
    assert (live_run(run, NOW).elapsed, live_run(run, NOW).remaining) == (
        timedelta(seconds=60),
        expected,
    )


def test_live_run_shows_the_end_of_the_log_without_empty_lines() -> None:
    run = RunFactory(state=RunState.RUNNING)
    run.folder.mkdir(parents=True)
    (run.folder / "log.txt").write_text("".join(f"line {n}\n\n" for n in range(100)))
    assert live_run(run, NOW).log.splitlines()[::59] == ["line 40", "line 99"]


def test_live_run_lays_many_things_under_each_other() -> None:
    bins = {f"0.{n}": {"n": n, "agreement": 0.5} for n in range(5, 10)}
    results = {"splits": {}, "bins": bins}
    run = RunFactory(kind=RunKind.REWARD, options={"axis": "emo"}, results=results, finished=True)
    rows = [(f"0.{n}", [n, 0.5]) for n in range(5, 10)]
    (grid,) = live_run(run, NOW).grids
    assert (grid.name, sorted(grid.columns)) == ("bins", ["agreement", "n"])
    by_name = [(thing, dict(zip(grid.columns, values, strict=True))) for thing, values in grid.rows]
    assert by_name == [(thing, {"n": n, "agreement": half}) for thing, (n, half) in rows]
