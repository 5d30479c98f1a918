"""The command `musepainter effects`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from rlhf.commands import JsonOption, ProfileOption, ResumeOption
from rlhf.effects.settings import EffectsSettings
from rlhf.quietness import only_our_bars
from workbench.command_line import print_json, with_settings
from workbench.profiles import chosen_profile


@with_settings(EffectsSettings)
def effects(
    adapters: Annotated[
        list[Path],
        typer.Argument(metavar="ADAPTER_RUN...", help="Runs of refine, one for each axis."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="New run folder.")],
    snapshot: Annotated[
        Path, typer.Option("-s", "--snapshot", help="Snapshot whose held-out clips are painted.")
    ],
    settings: EffectsSettings,
    reward: Annotated[
        Optional[list[Path]],  # noqa: UP045 typer reads it
        typer.Option("--reward", help="Run of a reward model, once for each axis to measure."),
    ] = None,
    control: Annotated[
        Optional[list[Path]],  # noqa: UP045 typer reads it
        typer.Option(
            "--control",
            help="Run of refine with --targets shuffled, beside the adapter of its axis.",
        ),
    ] = None,
    profile: ProfileOption = None,
    resume: ResumeOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure adapters as deployed: held-out clips, guidance on, beside base and best-of-n."""
    only_our_bars()
    from rich.console import Console  # noqa: PLC0415  the door stays light

    from rlhf.effects.evaluation import measure_effects  # noqa: PLC0415  the same
    from rlhf.effects.tables import tables_of  # noqa: PLC0415  the same
    from workbench.tables import show_tables  # noqa: PLC0415  the same

    results = measure_effects(
        adapters,
        reward or [],
        snapshot,
        output,
        settings,
        chosen_profile(profile),
        controls=control or (),
        resume=resume,
    )
    if as_json:
        print_json(results.as_dict())
    else:
        show_tables(tables_of(results), Console())
        typer.echo(f"written: {output}/report.html, report.md, results.json, sheets and plots")
