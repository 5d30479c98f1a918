from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from miniature.testbed.results import Results
from miniature.testbed.summary import groups_of, pooled, read_results, summary_tables, win_rates
from musepainter import command_line
from workbench.axes import AXES
from workbench.errors import BadInput
from workbench.measures import Estimate


@pytest.fixture
def results(loop_run: Path) -> Results:
    return read_results(loop_run)


def changed(results: Results, *, rate: float | None = None, **settings: Any) -> Results:
    """The results of other settings; `rate` is the win rate of all adapters on all axes."""
    content = results.model_dump(mode="json")
    content["settings"] |= settings
    if rate is not None:
        for lesson in content["rounds"][-1]["lessons"].values():
            for effect in lesson["effects"].values():
                effect["win_rate"] = {"value": rate, "low": rate, "high": rate, "error": 0.03}
    return Results.model_validate(content)


def written(folder: Path, results: Results) -> str:
    folder.mkdir()
    (folder / "results.json").write_text(results.model_dump_json())
    return str(folder)


def answer(*arguments: str):
    app = command_line(["testbed-summary"])
    return CliRunner().invoke(app, ["testbed-summary", *arguments])


def test_pooled_is_the_mean_with_independent_errors():
    found = pooled([Estimate(0.6, 0.5, 0.7, 0.03), Estimate(0.8, 0.7, 0.9, 0.04)])

    assert found.value == pytest.approx(0.7)
    assert found.error == pytest.approx(0.025)
    assert found.low == pytest.approx(0.7 - 1.96 * 0.025)


def test_runs_that_differ_by_seed_or_threads_alone_are_one_group(results):
    runs = [results, changed(results, seed=1, threads=2), changed(results, seed=2)]

    (group,) = groups_of(runs)

    assert group.label == "all alike"
    assert [run.settings.seed for run in group.runs] == [0, 1, 2]


def test_ablations_are_groups_named_by_what_differs(results):
    runs = [results, changed(results, pairs="random"), changed(results, seed=1)]

    groups = groups_of(runs)

    assert [group.label for group in groups] == ["pairs = triplets", "pairs = random"]
    assert [len(group.runs) for group in groups] == [2, 1]


def test_win_rates_are_means_over_seeds_and_the_worst_axis_is_named(results):
    runs = [changed(results, rate=0.6), changed(results, rate=0.8, seed=1)]

    (group,) = groups_of(runs)
    table = next(iter(summary_tables([group])))

    assert {axis: round(one.value, 6) for axis, one in win_rates(group).items()} == dict.fromkeys(
        AXES, 0.7
    )
    assert table.rows[0][:2] == ["all alike", "2"]
    assert table.rows[0][-1] == "70.0%"


def test_demands_are_shown_seed_by_seed(results):
    (group,) = groups_of([changed(results, rate=0.6), changed(results, rate=0.8, seed=1)])

    _, demands = summary_tables([group])

    row = next(row for row in demands.rows if row[0] == "emo: win rate over the base")
    assert row[1:] == ["0.6", "0.8", "0.7", "0.75", "1 of 2"]


def test_same_seed_twice_and_other_models_are_refused(results):
    with pytest.raises(BadInput, match="two runs have the seed 0"):
        groups_of([results, results])
    other = results.model_copy(update={"inputs": {"painter": "x", "embedder": "y"}})
    with pytest.raises(BadInput, match="different painters or embedders"):
        groups_of([results, other])


def test_command_prints_tables_and_writes_them(results, tmp_path: Path):
    one = written(tmp_path / "one", results)
    two = written(tmp_path / "two", changed(results, seed=1))

    done = answer(one, two, "-o", str(tmp_path / "summary.md"))

    assert done.exit_code == 0, done.stderr
    assert "worst axis" in done.stdout
    assert "| demand | seed 0 | seed 1 |" in (tmp_path / "summary.md").read_text()


def test_command_prints_json_alone(results, tmp_path: Path):
    done = answer(written(tmp_path / "one", results), "--json")

    assert set(json.loads(done.stdout)["all alike"]) == set(AXES)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "no finished testbed run"), ("{", "results.json"), ("{}", "of another version")],
)
def test_broken_results_are_one_sentence(tmp_path: Path, content, problem):
    if content is not None:
        (tmp_path / "results.json").write_text(content)

    done = answer(str(tmp_path))

    assert done.exit_code == 2
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1
