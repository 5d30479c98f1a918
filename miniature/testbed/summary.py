"""Finished runs side by side: means over seeds, and ablations beside the loop as it is meant."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from miniature.testbed.results import LessonResult, Results
from miniature.testbed.rounds import aims_of
from miniature.testbed.targets import Target, targets_of
from workbench.axes import AXES, Axis
from workbench.errors import BadInput, first_problem
from workbench.files import read_json
from workbench.measures import Estimate
from workbench.tables import Table

# What makes no other experiment of a run.
_INCIDENTAL = {"seed", "threads", "lanes", "paint_batch"}
_NORMAL_95 = 1.96


class Group(NamedTuple):
    """Runs that differ by nothing but the seed."""

    label: str
    runs: list[Results]


def read_results(folder: Path) -> Results:
    """The results of a finished run. Raises BadInput where there are none."""
    path = folder / "results.json"
    if not path.is_file():
        raise BadInput(f"{folder} is no finished testbed run: it has no results.json")
    try:
        return Results.model_validate(read_json(path))
    except ValidationError as error:
        problem = first_problem(error)
        raise BadInput(f"{path} is of another version: {problem}; run it again") from None


def groups_of(runs: Sequence[Results]) -> list[Group]:
    """The runs by the settings in which they differ, in the order of the first of each.

    Raises BadInput for two runs of one seed and the same settings, or of different models.
    """
    if len({tuple(sorted(run.inputs.items())) for run in runs}) > 1:
        raise BadInput("the runs are of different painters or embedders; compare those of one")
    told = [run.settings.model_dump(mode="json") for run in runs]
    varied = [
        name for name in told[0]
        if name not in _INCIDENTAL and any(one[name] != told[0][name] for one in told)
    ]  # fmt: skip
    groups: dict[str, list[Results]] = {}
    for run, settings in zip(runs, told, strict=True):
        label = ", ".join(f"{name} = {settings[name]}" for name in varied) or "all alike"
        groups.setdefault(label, []).append(run)
    for label, members in groups.items():
        seeds = [run.settings.seed for run in members]
        if len(set(seeds)) < len(seeds):
            raise BadInput(f"two runs have the seed {max(seeds, key=seeds.count)} ({label})")
    return [Group(label, members) for label, members in groups.items()]


def pooled(estimates: Sequence[Estimate]) -> Estimate:
    """Their mean. Runs of different seeds have different clips, so their errors are independent.

    How far seeds lie apart is more than that error: training differs too. Look at both.
    """
    value = sum(one.value for one in estimates) / len(estimates)
    error = math.sqrt(sum(one.error**2 for one in estimates)) / len(estimates)
    return Estimate(value, value - _NORMAL_95 * error, value + _NORMAL_95 * error, error)


def win_rates(group: Group) -> dict[Axis, Estimate]:
    """On each axis, of the adapter that was meant for it, in the last round."""
    return {
        axis: pooled([_meant_for(run, axis).effects[axis].win_rate for run in group.runs])
        for axis in AXES
    }


def summary_tables(groups: Sequence[Group]) -> Iterator[Table]:
    """All groups on their own axes, then each group's demands seed by seed."""
    yield _own_axes(groups)
    yield from (_demands(group) for group in groups)


def _meant_for(run: Results, axis: Axis) -> LessonResult:
    lessons = run.rounds[-1].lessons
    return next(lesson for name, lesson in lessons.items() if axis in aims_of(name))


def _own_axes(groups: Sequence[Group]) -> Table:
    rows = []
    for group in groups:
        rates = win_rates(group)
        cells = [f"{one.value:.1%} [{one.low:.0%}, {one.high:.0%}]" for one in rates.values()]
        worst = min(rates.values(), key=lambda one: one.value)
        rows.append([group.label, str(len(group.runs)), *cells, f"{worst.value:.1%}"])
    return Table(
        "Win rates over the base on the axis that each adapter is meant for",
        ("runs", "seeds", *AXES, "worst axis"),
        rows,
        "mean over seeds in the last round; the interval is that of the clips.",
    )


def _demands(group: Group) -> Table:
    by_seed = [{one.about: one for one in targets_of(run)} for run in group.runs]
    rows = [
        [about, *_cells([demands[about] for demands in by_seed])]
        for about in by_seed[0]
        if all(about in demands for demands in by_seed)
    ]
    seeds = [f"seed {run.settings.seed}" for run in group.runs]
    return Table(f"Demands: {group.label}", ("demand", *seeds, "mean", "bound", "met"), rows)


def _cells(seen: Sequence[Target]) -> list[str]:
    mean = sum(one.measured for one in seen) / len(seen)
    bounds = sorted({f"{one.wanted:.3g}" for one in seen})
    met = sum(one.is_met for one in seen)
    return [
        *(f"{one.measured:.3g}" for one in seen),
        f"{mean:.3g}",
        " / ".join(bounds),
        f"{met} of {len(seen)}",
    ]
