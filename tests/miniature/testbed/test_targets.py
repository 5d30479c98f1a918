from __future__ import annotations

from pathlib import Path

import pytest

from miniature.testbed.results import Results
from miniature.testbed.tables import tables_of
from miniature.testbed.targets import (
    best_single,
    diversity_kept,
    errors_above_zero,
    points_lost,
    targets_of,
)
from workbench.axes import AXES
from workbench.files import read_json
from workbench.measures import Estimate


@pytest.fixture
def results(loop_run: Path) -> Results:
    return Results.model_validate(read_json(loop_run / "results.json"))


def sure(value: float) -> dict[str, float]:
    return {"value": value, "low": value, "high": value, "error": 0.01}


def changed(results: Results, **values) -> Results:
    """The results with every lesson's measures replaced by perfect ones, and `values` for emo."""
    content = results.model_dump(mode="json")
    ground, lessons = content["ground"], content["rounds"][0]["lessons"]
    for name, lesson in lessons.items():
        lesson["quality"][name]["ratio"] = sure(1.0)
        for axis in AXES:
            lesson["effects"][axis]["win_rate"] = sure(0.9 if axis == name else 0.5)
            if lesson["control"]:
                lesson["control"]["surplus"][axis] = sure(0.5)
        lesson["gold"][name] = 3.9
        lesson["likeness"] = ground["likeness"]
    lessons["emo"] |= values
    return Results.model_validate(content)


def unmet(results: Results) -> list[str]:
    return [target.about for target in targets_of(results) if not target.is_met]


def test_perfect_run_meets_every_demand(results):
    assert unmet(changed(results)) == []


def test_demands_cover_every_axis(results):
    abouts = [target.about for target in targets_of(results)]

    for axis in AXES:
        others = [f"{axis}: win rate on {other}" for other in AXES if other != axis]
        assert {f"{axis}: win rate over the base", *others} <= set(abouts)
    shuffled = [about for about in abouts if "shuffled control" in about]
    assert [about[:3] for about in shuffled] == ["emo", "con"]
    assert len(set(abouts)) == len(abouts)


def test_each_failing_measure_is_named(results):
    good = changed(results)
    emo = good.rounds[0].lessons["emo"].model_dump(mode="json")
    emo["effects"]["emo"]["win_rate"] = sure(0.74)
    emo["effects"]["cre"]["win_rate"] = sure(0.44)
    emo["quality"]["emo"]["ratio"] = sure(0.94)
    emo["control"]["surplus"]["emo"] = sure(0.02)
    emo["gold"]["emo"] = -5.0
    base = good.ground.likeness
    emo["likeness"] = {
        "scene": base.scene - 0.06,
        "palette": base.palette,
        "diversity": {"across": 0.89 * base.diversity.across, "within": base.diversity.within},
    }

    assert unmet(changed(results, **emo)) == [
        "emo: accuracy over noise ceiling",
        "emo: win rate over the base",
        "emo: gold, against the best picture for all clips",
        "emo: gain over the shuffled control, in standard errors",
        "emo: win rate on cre",
        "emo: points of scene adherence lost",
        "emo: diversity across prompts kept",
    ]


def test_points_and_shares_by_hand(results):
    content = results.model_dump(mode="json")
    content["ground"]["likeness"] = {
        "scene": 0.9,
        "palette": 0.8,
        "diversity": {"across": 0.5, "within": 0.2},
    }
    content["rounds"][0]["lessons"]["emo"]["likeness"] = {
        "scene": 0.85,
        "palette": 0.82,
        "diversity": {"across": 0.4, "within": 0.25},
    }
    results = Results.model_validate(content)
    lesson = results.rounds[0].lessons["emo"]

    assert points_lost(results.ground, lesson) == pytest.approx({"scene": 5.0, "palette": -2.0})
    assert diversity_kept(results.ground, lesson) == pytest.approx(
        {"across prompts": 0.8, "within a prompt": 1.25}
    )


def test_single_picture_counts_where_gold_asks_for_the_clip(results):
    content = results.model_dump(mode="json")
    content["ground"]["singles"] = {"constant": [0.1, 0.2, 0.3], "picture": [0.5, 0.1, 3.0]}
    ground = Results.model_validate(content).ground

    assert [best_single(axis, ground) for axis in AXES] == [0.5, 0.2, 0.3]


@pytest.mark.parametrize(
    ("value", "error", "errors"),
    [(0.3, 0.1, 3.0), (-0.2, 0.1, -2.0), (0.0, 0.0, 0.0), (0.1, 0.0, float("inf"))],
)
def test_errors_above_zero(value, error, errors):
    assert errors_above_zero(Estimate(value, value, value, error)) == pytest.approx(errors)


def test_second_round_is_asked_to_shrink_the_gap(results):
    content = changed(results).model_dump(mode="json")
    content["rounds"] = [content["rounds"][0] | {"number": number} for number in (1, 2)]
    later = content["rounds"][1]["lessons"] = {
        name: lesson | {"followed": lesson["followed"] | {"gap": sure(-9.0)}}
        for name, lesson in content["rounds"][0]["lessons"].items()
    }
    assert unmet(Results.model_validate(content)) == []

    later["con"]["followed"]["gap"] = sure(9.0)

    assert unmet(Results.model_validate(content)) == ["con: gap of proxy and gold, against round 1"]


def test_tables_have_a_cell_for_every_column(results):
    tables = list(tables_of(results))

    assert len(tables) == 8
    for table in tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.head)}
