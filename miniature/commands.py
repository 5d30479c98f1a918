"""The commands of this package: `musepainter testbed` and `musepainter testbed-summary`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Optional

import typer

from miniature.testbed.settings import LoopSettings, quick
from rlhf.quietness import only_our_bars
from workbench.command_line import print_json, quieten_libraries, with_settings
from workbench.files import whole_file
from workbench.profiles import Profile, chosen_profile
from workbench.tables import markdown_table, show_tables

Output = Annotated[
    Optional[Path],  # noqa: UP045 typer reads it
    typer.Option("-o", "--output", help="New folder; else var/testbed/quick-SEED or full-SEED."),
]
Quick = Annotated[
    bool, typer.Option("--quick", help="One small round: under ten minutes on two cores.")
]
ProfileName = Annotated[
    Optional[str],  # noqa: UP045 typer reads it
    typer.Option("--profile", help="Which models to use; else MUSEPAINTER_PROFILE, else mini."),
]
PainterFolder = Annotated[
    Optional[Path],  # noqa: UP045 typer reads it
    typer.Option("--painter", help="Folder of another painter than the profile's."),
]
EmbedderFolder = Annotated[
    Optional[Path],  # noqa: UP045 typer reads it
    typer.Option("--embedder", help="Folder of another embedder than the profile's."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on after the last finished stage.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the results as JSON.")]


@with_settings(LoopSettings)
def try_loop(
    settings: LoopSettings,
    output: Output = None,
    is_quick: Quick = False,
    profile: ProfileName = None,
    painter: PainterFolder = None,
    embedder: EmbedderFolder = None,
    resume: Resume = False,
    as_json: AsJson = False,
) -> None:
    """Does the loop learn? Rounds of it in a world with known truth, measured."""
    only_our_bars()
    from rich.console import Console  # noqa: PLC0415  the door stays light

    from miniature.testbed.tables import tables_of  # noqa: PLC0415  the same
    from miniature.testbed.testbed import run_testbed  # noqa: PLC0415  the same

    chosen = quick(settings) if is_quick else settings
    models = _with_models(chosen_profile(profile), painter, embedder)
    folder = output or Path(f"var/testbed/{'quick' if is_quick else 'full'}-{chosen.seed}")
    results = run_testbed(chosen, folder, models, resume=resume)
    if as_json:
        print_json(results.model_dump(mode="json"))
    else:
        show_tables(tables_of(results), Console())
        typer.echo(f"written: {folder}/report.md, results.json and plots")


def compare_runs(
    runs: Annotated[list[Path], typer.Argument(help="Results folders of finished testbed runs.")],
    output: Annotated[
        Optional[Path],  # noqa: UP045 typer reads it
        typer.Option("-o", "--output", help="File to write the same tables to, as Markdown."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print win rates as JSON.")] = False,
) -> None:
    """Finished testbed runs side by side: means over seeds, ablations against the full loop.

    Runs that differ by the seed alone are one row; every other difference makes another.
    """
    quieten_libraries()
    from rich.console import Console  # noqa: PLC0415  the door stays light

    from miniature.testbed.summary import (  # noqa: PLC0415  the same
        groups_of,
        read_results,
        summary_tables,
        win_rates,
    )

    groups = groups_of([read_results(folder) for folder in runs])
    tables = list(summary_tables(groups))
    if output:
        lines = [line for table in tables for line in markdown_table(table)]
        with whole_file(output) as partial:
            partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if as_json:
        rates = {g.label: {a: asdict(e) for a, e in win_rates(g).items()} for g in groups}
        print_json(rates)
    else:
        show_tables(tables, Console())


def _with_models(profile: Profile, painter: Path | None, embedder: Path | None) -> Profile:
    given = {"painter": painter, "embedder": embedder}
    return profile.model_copy(update={name: str(p) for name, p in given.items() if p is not None})
