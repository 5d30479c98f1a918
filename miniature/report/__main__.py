"""The command line of the report."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Optional

import typer
from rich.console import Console

from miniature.report.rows import Report, as_json, as_markdown, as_table
from miniature.report.settings import ReportSettings
from workbench.command_line import courteous, print_json, quieten_libraries, with_settings
from workbench.files import refuse_existing, whole_folder, write_json
from workbench.run_folder import started_run

if TYPE_CHECKING:
    from miniature.report.measuring import Gallery

app = typer.Typer(add_completion=False)

_COLUMNS = 8
_ROWS = 4
_ZOOM = 2


@app.command()
@courteous
@with_settings(ReportSettings)
def report(
    settings: ReportSettings,
    output: Annotated[
        Optional[Path],  # noqa: UP045 typer reads it
        typer.Option(
            "-o", "--output", help="New folder for report.json, report.md and a grid of pictures."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Measure the miniature models and the gold utilities, with the targets beside.

    Paints held-out prompts and asks two classifiers what they show; looks for held-out pictures by
    music and by text; measures speed, sizes, and how the gold utilities spread over what was
    painted. The defaults take about five minutes on two CPU cores.
    """
    if output:
        refuse_existing(output)
    quieten_libraries()
    from miniature.report.measuring import measure  # noqa: PLC0415  the door stays light

    with TemporaryDirectory() as place:
        folder = Path(place) / "run"
        with started_run(
            folder, kind="miniature report", settings=settings, seed=settings.seed
        ) as run:
            measured, gallery = measure(run, settings)
        if output:
            _write(output, measured, gallery)
    if json:
        print_json(as_json(measured))
    else:
        Console().print(as_table(measured))


def _write(output: Path, measured: Report, gallery: Gallery) -> None:
    with whole_folder(output) as partial:
        write_json(partial / "report.json", as_json(measured))
        (partial / "report.md").write_text(as_markdown(measured), encoding="utf-8")
        _draw_grid(partial / "drawn_and_painted.png", gallery)


def _draw_grid(path: Path, gallery: Gallery) -> None:
    """Rows of drawn pictures, each with the painted ones of the same prompts below it."""
    import numpy as np  # noqa: PLC0415  the door stays light

    from miniature.train.painter import contact_sheet  # noqa: PLC0415  as above

    n = min(_ROWS, len(gallery.points) // _COLUMNS)
    rows = [
        pictures[row * _COLUMNS : (row + 1) * _COLUMNS]
        for row in range(n)
        for pictures in (gallery.drawn, gallery.painted)
    ]
    contact_sheet(np.concatenate(rows), _COLUMNS, zoom=_ZOOM).save(path)


if __name__ == "__main__":
    app()
