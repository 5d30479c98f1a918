"""Run every benchmark, or those that are named, print its table, store its file."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from benchmarks import rewards, triplets
from benchmarks.measuring import store

BENCHMARKS = {"triplets": triplets.measure, "rewards": rewards.measure}


def main() -> None:
    console = Console()
    for name in sys.argv[1:] or BENCHMARKS:
        result = BENCHMARKS[name]()
        table = Table(title=name, show_header=False)
        for key, value in result.items():
            table.add_row(key, f"{value:.4g}" if isinstance(value, float) else str(value))
        console.print(table)
        console.print(f"stored in {store(name, result)}")


if __name__ == "__main__":
    main()
