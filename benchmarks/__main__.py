"""Run every benchmark, print its table, store its file."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from benchmarks import judge_page, triplets
from benchmarks.measuring import store

BENCHMARKS = {"triplets": triplets.measure, "judge_page": judge_page.measure}


def main() -> None:
    console = Console()
    for name, measure in BENCHMARKS.items():
        result = measure()
        table = Table(title=name, show_header=False)
        for key, value in result.items():
            table.add_row(key, f"{value:.4g}" if isinstance(value, float) else str(value))
        console.print(table)
        console.print(f"stored in {store(name, result)}")


if __name__ == "__main__":
    main()
