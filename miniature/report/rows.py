"""The rows of the report, and the ways to show them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich.table import Table

Sense = Literal["at least", "at most"]

_MARK = {True: "reached", False: "missed", None: ""}


@dataclass(frozen=True)
class Row:
    """One measured number. `form` is how it is printed; `target` is None where there is none."""

    about: str
    name: str
    value: float
    form: str = ".2f"
    target: float | None = None
    sense: Sense = "at least"

    @property
    def is_reached(self) -> bool | None:
        if self.target is None:
            return None
        return self.value >= self.target if self.sense == "at least" else self.value <= self.target

    @property
    def shown_target(self) -> str:
        return "" if self.target is None else f"{self.sense} {self.target:{self.form}}"


@dataclass(frozen=True)
class Weights:
    """What was measured: the safetensors of one folder."""

    name: str
    folder: str
    megabytes: float
    sha256: str


@dataclass(frozen=True)
class Report:
    rows: Sequence[Row]
    weights: Sequence[Weights]
    settings: dict[str, Any]
    versions: dict[str, str]
    commit: str | None
    seconds: float


def as_json(report: Report) -> dict[str, Any]:
    content = asdict(report)
    for row, kept in zip(report.rows, content["rows"], strict=True):
        del kept["form"]
        kept["is_reached"] = row.is_reached
        # JSON has no NaN, which is what could not be measured.
        kept["value"] = row.value if math.isfinite(row.value) else None
    return content


def as_table(report: Report) -> Table:
    """The one table that is printed."""
    table = Table(title="The miniature world, measured", title_justify="left")
    for heading in ("about", "measured", "value", "target", ""):
        table.add_column(heading, justify="right" if heading == "value" else "left")
    about = ""
    for row in report.rows:
        if about and row.about != about:
            table.add_section()
        is_missed = row.is_reached is False
        table.add_row(
            row.about if row.about != about else "",
            *_cells(row),
            style="red" if is_missed else None,
        )
        about = row.about
    table.caption = "\n".join(_weights_lines(report))
    table.caption_justify = "left"
    return table


def as_markdown(report: Report) -> str:
    rows = "\n".join(f"| {row.about} | {' | '.join(_cells(row))} |" for row in report.rows)
    weights = "\n".join(f"- {line}" for line in _weights_lines(report))
    settings = ", ".join(f"{name} {value}" for name, value in report.settings.items())
    versions = ", ".join(f"{name} {value}" for name, value in report.versions.items())
    return f"""# The miniature world, measured

| about | measured | value | target | |
| --- | --- | ---: | --- | --- |
{rows}

![Drawn by the world, and below painted for the same prompts](drawn_and_painted.png)

## Weights
{weights}

## How
`python -m miniature.report` with {settings}; commit {report.commit or "unknown"}, {versions};
{report.seconds:.0f} s in all. Nothing in the world that is measured on was learned from.
"""


def _cells(row: Row) -> tuple[str, str, str, str]:
    return row.name, f"{row.value:{row.form}}", row.shown_target, _MARK[row.is_reached]


def _weights_lines(report: Report) -> Iterable[str]:
    for weights in report.weights:
        yield f"{weights.name}: {weights.megabytes:.2f} MB, sha256 {weights.sha256}"
