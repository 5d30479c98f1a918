from __future__ import annotations

import math

import pytest

from rlhf._watch_rules import (
    Bounds,
    Watch,
    bounds_of,
    ending_of,
    kept,
    standard_errors_behind,
    stop_of,
)
from rlhf.refine_settings import RefineSettings

BOUNDS = Bounds(diversity=0.1, adherence=0.1, loss_pre=0.2, judge=2.0, patience=2)


def _watch(
    step: int,
    reward: float = 0.0,
    judged: tuple[float, ...] = (0.0, 1.0, 2.0),
    diversity: float = 0.5,
    adherence: float = 0.2,
    loss_pre: float = 0.1,
) -> Watch:
    return Watch(step, [reward] * len(judged), list(judged), diversity, adherence, loss_pre)


def _raised(step: int, by: float, **changes: float) -> Watch:
    """The judges like every picture `by` more, give or take."""
    return _watch(step, judged=(by - 0.1, 1.0 + by, 2.1 + by), **changes)


def test_nothing_stops_a_run_that_was_not_watched():
    assert stop_of([], BOUNDS) is None


def test_base_itself_is_within_all_bounds():
    assert stop_of([_watch(0)], BOUNDS) is None
    assert kept([_watch(0)], BOUNDS, "best").step == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"diversity": 0.44},
            "diversity between prompts fell from 0.5 to 0.44, by 12% of the base's; the bound is "
            "10%",
        ),
        (
            {"adherence": 0.1},
            "prompt adherence fell from 0.2 to 0.1, by 50% of the base's; the bound is 10%",
        ),
        (
            {"loss_pre": 0.125},
            "L_pre rose from 0.1 to 0.125, by 25% of the base's; the bound is 20%",
        ),
    ],
)
def test_each_bound_stops_the_run_in_a_sentence(changes, reason):
    stop = stop_of([_watch(0), _watch(20), _watch(40, **changes)], BOUNDS)
    assert stop is not None
    assert (stop.step, stop.reason) == (40, reason)


@pytest.mark.parametrize(
    "changes",
    [{"diversity": 0.46}, {"diversity": 0.9}, {"adherence": 0.19}, {"loss_pre": 0.11},
     {"loss_pre": 0.01}],
)  # fmt: skip
def test_changes_within_the_bounds_or_for_the_better_stop_nothing(changes):
    assert stop_of([_watch(0), _watch(20, **changes)], BOUNDS) is None


def test_stop_tells_its_numbers():
    stop = stop_of([_watch(0), _watch(20, diversity=0.25)], BOUNDS)
    assert stop is not None
    assert stop.numbers == {"base": 0.5, "now": 0.25, "share": 0.5, "bound": 0.1}


def test_base_without_adherence_is_bounded_by_its_size():
    """A painter that paints something else than it is told is negative; 10 % of -0.2 is 0.02."""
    base = _watch(0, adherence=-0.2)
    assert stop_of([base, _watch(20, adherence=-0.21)], BOUNDS) is None
    assert stop_of([base, _watch(20, adherence=-0.23)], BOUNDS) is not None
    nothing = _watch(0, adherence=0.0)
    assert stop_of([nothing, nothing._replace(step=20)], BOUNDS) is None
    assert stop_of([nothing, _watch(20, adherence=-0.001)], BOUNDS) is not None


def test_judges_fall_is_measured_in_paired_standard_errors():
    # Falls of 1, 2 and 3: mean 2, sd 1, error 1 / sqrt(3).
    best, now = _watch(0, judged=(1.0, 5.0, 9.0)), _watch(1, judged=(0.0, 3.0, 6.0))
    assert standard_errors_behind(best, now) == pytest.approx(2 * math.sqrt(3))
    assert standard_errors_behind(now, best) == pytest.approx(-2 * math.sqrt(3))
    assert standard_errors_behind(best, best) == 0
    alike = _watch(2, judged=(0.0, 4.0, 8.0))
    assert standard_errors_behind(best, alike) > 1e6


def test_judges_who_turn_away_while_the_reward_rises_stop_the_run_after_some_patience():
    best = _raised(20, 1.0, reward=1.0)
    once, twice = _raised(40, 0.3, reward=1.5), _raised(60, 0.2, reward=2.0)
    assert stop_of([_watch(0), best, once], BOUNDS) is None
    stop = stop_of([_watch(0), best, once, twice], BOUNDS)
    assert stop is not None
    assert stop.step == 60
    assert stop.reason.startswith(
        "the optimised reward rose from +1.00 to +2.00 sd after step 20, while the judges' fell "
        "from +2.00 to +1.20, by "
    )
    assert (stop.numbers["best_step"], stop.numbers["now_reward"]) == (20, 2.0)


def test_judges_stop_nothing_when_they_come_back_or_the_reward_falls_too():
    best, back = _raised(20, 1.0, reward=1.0), _watch(60, 2.0, judged=(1.2, 1.7, 3.0))
    far, further = _raised(40, 0.3, reward=1.5), _raised(80, 0.2, reward=2.0)
    assert stop_of([_watch(0), best, far, back], BOUNDS) is None
    assert stop_of([_watch(0), best, far, back, further], BOUNDS) is None
    both = [_raised(step, 0.3, reward=0.5) for step in (40, 60, 80)]
    assert stop_of([_watch(0), best, *both], BOUNDS) is None


def test_judges_within_chance_stop_nothing():
    best = _watch(20, reward=1.0, judged=(2.0, 0.0, 2.0))
    now = [_watch(step, reward=2.0, judged=(0.0, 2.0, 1.0)) for step in (40, 60)]
    assert stop_of([_watch(0, judged=(0.0, 0.0, 0.0)), best, *now], BOUNDS) is None


def test_best_is_whom_the_judges_like_best_within_the_bounds():
    history = [_watch(0), _raised(20, 0.5), _raised(40, 0.9), _raised(60, 2.0, diversity=0.1)]
    assert kept(history, BOUNDS, "best").step == 40
    assert kept([*history, _raised(80, 0.9)], BOUNDS, "best").step == 40
    assert kept([*history, _raised(80, 0.1)], BOUNDS, "last").step == 80
    assert kept(history, BOUNDS, "last").step == 40


def test_base_is_kept_when_nothing_is_better():
    ending = ending_of([_watch(0), _raised(20, -0.5)], BOUNDS, "best")
    assert (ending.saved.step, ending.has_gained, ending.stop) == (0, False, None)
    last = ending_of([_watch(0), _raised(20, -0.5)], BOUNDS, "last")
    assert (last.saved.step, last.has_gained) == (20, False)
    better = ending_of([_watch(0), _raised(20, 0.5)], BOUNDS, "best")
    assert (better.saved.step, better.has_gained) == (20, True)


def test_ending_as_dict_holds_one_number_for_each_measure():
    ending = ending_of([_watch(0), _raised(20, 0.5, reward=1.0, diversity=0.1)], BOUNDS, "best")
    told = ending.as_dict()
    assert (told["saved_step"], told["has_gained"], told["stopped"]["step"]) == (0, False, 20)
    assert told["watches"][1] == {
        "step": 20,
        "reward": 1.0,
        "judge": pytest.approx(1.5),
        "diversity": 0.1,
        "adherence": 0.2,
        "loss_pre": 0.1,
    }


def test_bounds_come_from_the_settings():
    settings = RefineSettings(axis="emo", diversity_bound=0.3, judge_patience=5)
    assert bounds_of(settings)[0::4] == (0.3, 5)
