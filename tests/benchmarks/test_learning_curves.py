from __future__ import annotations

import pytest

from benchmarks.learning_curves import (
    Case,
    Plan,
    Point,
    learning_curves,
    mean_of,
    ratio,
    regained,
    settings_of,
    summary,
    true_order,
    write_results,
)
from rlhf.reward_settings import RewardSettings
from workbench.errors import BadInput
from workbench.files import read_json

_SETTINGS = RewardSettings(
    axis="emo", epochs=2, hidden=8, heads=2, judges=1, resamples=10, evaluations=1, device="cpu"
)
_PLAN = Plan([20, 50], [0.3], 50)


@pytest.fixture(scope="module")
def points(bed, profile):
    return learning_curves(bed, _PLAN, _SETTINGS, profile, [0, 1])


def _point(seed: int, case: Case, order: float) -> Point:
    return Point(seed, *case, accuracy=0.9 * order, ceiling=0.9, true_order=order, n_test=100)


def test_plan_takes_every_size_and_every_share():
    assert _PLAN.cases() == [
        (20, 0.0, "off"),
        (50, 0.0, "off"),
        (50, 0.0, "on"),
        (50, 0.3, "off"),
        (50, 0.3, "on"),
    ]
    assert Plan([20], [], 50).cases() == [(20, 0.0, "off")]


def test_curves_have_a_point_for_each_case_and_seed(points):
    assert [(p.seed, p.case) for p in points] == [
        (seed, case) for seed in (0, 1) for case in _PLAN.cases()
    ]
    assert all(0 <= p.true_order <= 1 and 0 <= p.accuracy <= 1 for p in points)
    of_seed = [{(p.ceiling, p.n_test) for p in points if p.seed == seed} for seed in (0, 1)]
    assert [len(found) for found in of_seed] == [1, 1]


def test_results_are_written_with_a_plot(points, tmp_path):
    write_results(tmp_path / "r", "emo", _PLAN, points)
    found = read_json(tmp_path / "r" / "results.json")
    assert (found["axis"], len(found["points"]), len(found["over seeds"])) == ("emo", 10, 5)
    assert found["regained by weights"].keys() == {"30% careless"}
    assert (tmp_path / "r" / "curves.png").stat().st_size > 10_000


def test_mean_of_seeds_worked_out_by_hand():
    mean = mean_of([0.7, 0.8, 0.9])
    # Student's 97.5 % quantile with 2 degrees of freedom is 4.3027, sd 0.1, over the root of 3.
    half = 4.3027 * 0.1 / 3**0.5
    assert (mean.value, mean.low, mean.high) == pytest.approx(
        (0.8, 0.8 - half, 0.8 + half), abs=1e-4
    )
    assert mean_of([0.7]).low is None


def test_weights_regain_what_they_win_back_of_the_cost():
    orders = {Case(50, 0.0, "off"): 0.9, Case(50, 0.3, "off"): 0.8, Case(50, 0.3, "on"): 0.86}
    points = [
        _point(seed, case, order + 0.01 * seed) for seed in (0, 1) for case, order in orders.items()
    ]
    assert regained(points, 0.3, true_order) == pytest.approx(0.6)
    assert regained(points, 0.3, ratio) == pytest.approx(0.6)
    unhurt = [_point(0, case, 0.9) for case in orders]
    assert regained(unhurt, 0.3, true_order) is None


def test_summary_is_over_seeds():
    case = Case(50, 0.0, "off")
    (row,) = summary([_point(0, case, 0.8), _point(1, case, 0.9)])
    assert (row["comparisons"], row["seeds"]) == (50, 2)
    assert row["true order"]["value"] == pytest.approx(0.85)


def test_batches_grow_with_the_data():
    assert [settings_of(_SETTINGS, 7, size).batch_size for size in (100, 10_000)] == [64, 312]
    assert settings_of(_SETTINGS, 7, 100).seed == 7


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        (Plan([9], [], 50), "size 9 will not do; give at least 10"),
        (Plan([10], [1.3], 50), r"a careless share lies in \[0, 1\], not 1.3"),
    ],
)
def test_curves_refuse_what_makes_no_sense(bed, profile, plan, reason):
    with pytest.raises(BadInput, match=reason):
        learning_curves(bed, plan, _SETTINGS, profile, [0])
