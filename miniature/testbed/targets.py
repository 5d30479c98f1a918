"""What a loop that learns has to reach, beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from miniature.testbed.results import Ground, LessonResult, Results, RoundResult
from miniature.testbed.rounds import aims_of
from workbench.axes import AXES, Axis
from workbench.measures import Estimate

LEAST_RATIO = 0.95
LEAST_WIN_RATE = 0.75
LEAST_ON_OTHERS = 0.45
LEAST_ERRORS = 2.0
MOST_LOST_POINTS = 5.0
LEAST_DIVERSITY = 0.9


class Target(NamedTuple):
    """One demand. `measured` may be below or above `wanted`; `is_met` says which is good."""

    about: str
    measured: float
    wanted: float
    is_met: bool


def targets_of(results: Results) -> list[Target]:
    """The demands on the last round, and on what the rounds did to the gap."""
    last = results.rounds[-1]
    targets = [
        target
        for name, lesson in last.lessons.items()
        for target in _lesson_targets(name, lesson, results.ground)
    ]
    if len(results.rounds) > 1:
        targets += _gap_targets(results.rounds[0], last)
    return targets


def points_lost(ground: Ground, lesson: LessonResult) -> dict[str, float]:
    """How far adherence fell below the base's, in percentage points."""
    before, after = ground.likeness, lesson.likeness
    return {
        "scene": 100 * (before.scene - after.scene),
        "palette": 100 * (before.palette - after.palette),
    }


def diversity_kept(ground: Ground, lesson: LessonResult) -> dict[str, float]:
    """Distances between pictures as shares of the base's; none within prompts of one picture."""
    before, after = ground.likeness.diversity, lesson.likeness.diversity
    kept = {"across prompts": after.across / before.across if before.across else 1.0}
    if before.within and after.within is not None:
        kept["within a prompt"] = after.within / before.within
    return kept


def errors_above_zero(estimate: Estimate) -> float:
    """The estimate in its own standard errors; 0 for one that is 0 without any error."""
    if not estimate.error:
        return 0.0 if not estimate.value else float("inf") * (1 if estimate.value > 0 else -1)
    return estimate.value / estimate.error


def best_single(axis: Axis, ground: Ground) -> float:
    """The mean gold of ignoring the clips: one picture for all, a constant or a painted one.

    For cre a constant one: its gold asks nothing of the clip, so any fine picture suits them all.
    """
    row = AXES.index(axis)
    constant, picture = ground.singles.constant[row], ground.singles.picture[row]
    return constant if axis == "cre" else max(constant, picture)


def _lesson_targets(name: str, lesson: LessonResult, ground: Ground) -> Iterator[Target]:
    aims = aims_of(name)
    for axis in aims:
        at = name if axis == name else f"{name} on {axis}"
        ratio = lesson.quality[axis].ratio
        about = f"{at}: accuracy over noise ceiling"
        yield _least(about, ratio.value if ratio else 0.0, LEAST_RATIO)
        wins = lesson.effects[axis].win_rate.value
        yield _least(f"{at}: win rate over the base", wins, LEAST_WIN_RATE)
        measured, single = lesson.gold[axis], best_single(axis, ground)
        about = f"{at}: gold, against the best picture for all clips"
        yield Target(about, measured, single, measured > single)
        if lesson.control and axis != "cre":
            errors = errors_above_zero(lesson.control.surplus[axis])
            about = f"{at}: gain over the shuffled control, in standard errors"
            yield Target(about, errors, LEAST_ERRORS, errors > LEAST_ERRORS)
    for axis in (axis for axis in AXES if axis not in aims):
        wins = lesson.effects[axis].win_rate.value
        yield _least(f"{name}: win rate on {axis}", wins, LEAST_ON_OTHERS)
    for what, lost in points_lost(ground, lesson).items():
        about = f"{name}: points of {what} adherence lost"
        yield Target(about, lost, MOST_LOST_POINTS, lost <= MOST_LOST_POINTS)
    for what, share in diversity_kept(ground, lesson).items():
        yield _least(f"{name}: diversity {what} kept", share, LEAST_DIVERSITY)


def _gap_targets(first: RoundResult, last: RoundResult) -> Iterator[Target]:
    for name, lesson in last.lessons.items():
        before, after = first.lessons[name].followed.gap.value, lesson.followed.gap.value
        about = f"{name}: gap of proxy and gold, against round {first.number}"
        yield Target(about, after, before, after < before)


def _least(about: str, measured: float, wanted: float) -> Target:
    return Target(about, measured, wanted, measured >= wanted)
