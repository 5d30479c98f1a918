"""Run every benchmark, print its table, store its file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import annotation, judge_page, refine_miniature, rewards, triplets
from benchmarks.measuring import store

BENCHMARKS = {
    "triplets": triplets.measure,
    "annotation": annotation.measure,
    "judge_page": judge_page.measure,
    "rewards": rewards.measure,
    "refine_miniature": refine_miniature.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"{sorted(unknown)[0]!r} is none of {', '.join(BENCHMARKS)}")
    console = Console(quiet=options.json)
    results = {}
    for name in options.names or BENCHMARKS:
        results[name] = BENCHMARKS[name]()
        console.print(_table(name, results[name]))
        console.print(f"stored in {store(name, results[name])}")
    if options.json:
        print(json.dumps(results))  # noqa: T201  what the command is for


def _table(name: str, result: Mapping[str, Any]) -> Table:
    table = Table(title=name, show_header=False)
    for key, value in _flat(result):
        table.add_row(key, f"{value:.4g}" if isinstance(value, float) else str(value))
    return table


def _flat(result: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in result.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{before}{key}: ")
        else:
            rows.append((f"{before}{key}", value))
    return rows


if __name__ == "__main__":
    main()
