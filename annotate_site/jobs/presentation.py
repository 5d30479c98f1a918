"""A run as its page shows it: one object with all that the template needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from annotate_site.datasets.models import Snapshot
from annotate_site.jobs import selectors
from annotate_site.jobs.artifacts import Artifacts, artifacts_of
from annotate_site.jobs.charts import Panel, panels_of
from annotate_site.jobs.disagreements import ShownDisagreement, disagreements_of
from annotate_site.jobs.models import Run, RunKind, RunState
from annotate_site.jobs.reward_comparison import measured_facts
from annotate_site.jobs.runners.kinds import RUNNERS
from annotate_site.jobs.runners.processes import tail_of
from annotate_site.jobs.runners.steps import log_of
from annotate_site.jobs.setting_words import setting_label
from annotate_site.jobs.words import axis_name, result_in_words
from workbench.axes import AXES
from workbench.snapshots import SPLITS

_LOG_LINES = 60
_HASH_LENGTH = 64
_MOST_COLUMNS = 4  # Of things side by side; more would be wider than the page.
_COLUMNS = (*SPLITS, *AXES)


@dataclass(frozen=True)
class Fact:
    name: str
    value: Any

    @property
    def is_hash(self) -> bool:
        return isinstance(self.value, str) and len(self.value) == _HASH_LENGTH


@dataclass(frozen=True)
class Grid:
    """The same facts about several things: the splits, the axes. Many things are the rows."""

    name: str
    columns: list[str]
    rows: list[tuple[str, list[Any]]]


@dataclass(frozen=True)
class LiveRun:
    """What changes while a run goes on."""

    run: Run
    elapsed: timedelta | None
    remaining: timedelta | None
    sentence: str
    highlights: list[Fact]
    """What to know first; empty where the results are short enough to be read as they are."""
    disagreements: list[ShownDisagreement]
    panels: list[Panel]
    results: list[Fact]
    grids: list[Grid]
    artifacts: Artifacts
    log: str


@dataclass(frozen=True)
class Ancestry:
    """Where a run's inputs come from, and what was made of its results."""

    snapshot: Snapshot | None
    snapshot_run: Run | None
    inputs: list[Run]
    outputs: list[Run]


def live_run(run: Run, now: datetime) -> LiveRun:
    results, grids = _facts_and_grids(run.results) if run.is_finished else ([], [])
    return LiveRun(
        run=run,
        elapsed=elapsed(run, now),
        remaining=_remaining(run, now),
        sentence=result_in_words(run) if run.state == RunState.SUCCEEDED else "",
        highlights=_highlights(run),
        disagreements=disagreements_of(run),
        panels=[panel for path in _metric_files(run) for panel in panels_of(path)],
        results=results,
        grids=grids,
        artifacts=artifacts_of(run),
        log=_last_lines(run),
    )


def ancestry_of(run: Run) -> Ancestry:
    snapshot_id = run.inputs.get("snapshot") or run.results.get("snapshot")
    snapshot = Snapshot.objects.filter(pk=snapshot_id).first() if snapshot_id else None
    took = selectors.run_that_took(snapshot_id) if run.inputs.get("snapshot") else None
    named = [run.inputs.get("reward"), *run.inputs.get("adapters", {}).values()]
    ids = [UUID(run_id) for run_id in named if run_id]
    return Ancestry(
        snapshot=snapshot,
        snapshot_run=took,
        inputs=list(selectors.newest_runs().filter(pk__in=ids)),
        outputs=list(selectors.runs_fed_by(run)),
    )


def elapsed(run: Run, now: datetime) -> timedelta | None:
    """How long the run took, or has taken so far; None while it waits."""
    if run.started_at is None:
        return None
    return (run.finished_at or now) - run.started_at


def title_of(run: Run) -> str:
    name = axis_name(run)
    return f"{run.get_kind_display()}: {name}" if name else run.get_kind_display()


def settings_of(run: Run) -> list[Fact]:
    """The chosen settings in the order of the launch form."""
    names = RUNNERS[RunKind(run.kind)].Settings.model_fields
    return [Fact(setting_label(name), run.options[name]) for name in names if name in run.options]


def launch_query(run: Run) -> str:
    """The query that fills in the launch form with this run's settings and inputs."""
    settings = {name: _as_field(value) for name, value in run.options.items() if value is not None}
    named = {name: value for name, value in run.inputs.items() if isinstance(value, str)}
    adapters = {f"adapter_{axis}": pk for axis, pk in run.inputs.get("adapters", {}).items()}
    return urlencode(settings | named | adapters)


def _as_field(value: Any) -> Any:
    """An unticked box is an empty value."""
    return ("on" if value else "") if isinstance(value, bool) else value


def flattened(values: Mapping[str, Any], above: str = "") -> Iterator[Fact]:
    """Nested results as rows; the names of the levels are joined by a dot."""
    for name, value in values.items():
        path = f"{above} · {name.replace('_', ' ')}" if above else name.replace("_", " ")
        if isinstance(value, Mapping):
            yield from flattened(value, path)
        else:
            yield Fact(path, value)


def _facts_and_grids(results: Mapping[str, Any]) -> tuple[list[Fact], list[Grid]]:
    facts: list[Fact] = []
    grids: list[Grid] = []
    for name, value in results.items():
        if _is_grid(value):
            grids.append(_grid(name, value))
        elif isinstance(value, Mapping):
            inner_facts, inner_grids = _facts_and_grids(value)
            title = name.replace("_", " ")
            facts += [Fact(f"{title} · {fact.name}", fact.value) for fact in inner_facts]
            grids += inner_grids
        else:
            facts.append(Fact(name.replace("_", " "), value))
    return facts, grids


def _highlights(run: Run) -> list[Fact]:
    if run.kind != RunKind.REWARD or run.state != RunState.SUCCEEDED:
        return []
    return [Fact(name, value) for name, value in measured_facts(run.results).items()]


def _is_grid(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and len(value) > 1
        and all(isinstance(column, Mapping) for column in value.values())
    )


def _grid(name: str, columns: Mapping[str, Mapping[str, Any]]) -> Grid:
    cells = {
        column: {fact.name: fact.value for fact in flattened(facts)}
        for column, facts in columns.items()
    }
    # PostgreSQL keeps no order of keys.
    cells = {column: cells[column] for column in sorted(cells, key=_usual_place)}
    names = dict.fromkeys(fact for column in cells.values() for fact in column)
    if len(cells) > max(len(names), _MOST_COLUMNS):
        things = [(thing, [facts.get(fact) for fact in names]) for thing, facts in cells.items()]
        return Grid(name.replace("_", " "), list(names), things)
    rows = [(fact, [column.get(fact) for column in cells.values()]) for fact in names]
    return Grid(name.replace("_", " "), list(cells), rows)


def _usual_place(column: str) -> int:
    return _COLUMNS.index(column) if column in _COLUMNS else len(_COLUMNS)


def _remaining(run: Run, now: datetime) -> timedelta | None:
    """By the pace of this stage; nothing is said before a twentieth of it is done."""
    so_far = elapsed(run, now)
    if run.state != RunState.RUNNING or so_far is None or run.step * 20 < max(run.total, 1):
        return None
    return so_far * ((run.total - run.step) / run.step) if run.step else None


def _last_lines(run: Run) -> str:
    lines = [line for line in tail_of(log_of(run)).splitlines() if line.strip()]
    return "\n".join(lines[-_LOG_LINES:])


def _metric_files(run: Run) -> list[Path]:
    return sorted(run.folder.glob("*/metrics.jsonl"))
