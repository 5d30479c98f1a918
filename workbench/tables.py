"""Results as tables of words, for the terminal and for a report.md alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from workbench.measures import Estimate


class Table(NamedTuple):
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def show_tables(tables: Iterable[Table], console: Console) -> None:
    for table in tables:
        shown = RichTable(title=table.title, caption=table.note, title_justify="left",
                          caption_justify="left", box=box.SIMPLE_HEAD)  # fmt: skip
        for column, name in enumerate(table.head):
            shown.add_column(name, justify="left" if column == 0 else "right")
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)


def markdown_table(table: Table) -> Iterator[str]:
    yield from (f"## {table.title}", "")
    yield "| " + " | ".join(table.head) + " |"
    yield "| " + " | ".join("---" for _ in table.head) + " |"
    yield from ("| " + " | ".join(row) + " |" for row in table.rows)
    yield from ("", table.note, "") if table.note else ("",)


def share(found: Estimate) -> str:
    """A share with its interval, in per cent."""
    return f"{found.value:.1%} [{found.low:.0%}, {found.high:.0%}]"


def gain(found: Estimate) -> str:
    """A difference with its interval."""
    return f"{found.value:+.2f} [{found.low:+.2f}, {found.high:+.2f}]"
