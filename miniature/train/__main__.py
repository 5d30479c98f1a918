"""`python -m miniature.train painter|embedder`: make the shipped weights again, or better ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from miniature.train.settings import EmbedderSettings, PainterSettings
from workbench.command_line import courteous, print_json, quieten_libraries, with_settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Train the miniature models. Stop with Ctrl-C at any time and go on with --resume.",
)

Weights = Annotated[Path, typer.Option("-o", "--output", help="New folder for the weights.")]
RunPlace = Annotated[
    Path, typer.Option("--run", help="Folder for checkpoints, metrics and rendered data.")
]
Resume = Annotated[bool, typer.Option(help="Go on from the checkpoints in the run folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print what was measured as JSON.")]


@app.command()
@courteous
@with_settings(PainterSettings)
def painter(
    settings: PainterSettings,
    output: Weights = Path("miniature/weights/painter"),
    run: RunPlace = Path("var/miniature/painter"),
    resume: Resume = False,
    json: AsJson = False,
) -> None:
    """Train autoencoder, text encoders and UNet, and write a StableDiffusionXLPipeline folder.

    The defaults take about an hour on one free CPU core.
    """
    from miniature.train.painter import make_painter  # noqa: PLC0415  the door stays light

    quieten_libraries()
    _report(make_painter(settings, run_folder=run, weights=output, resume=resume), output, json)


@app.command()
@courteous
@with_settings(EmbedderSettings)
def embedder(
    settings: EmbedderSettings,
    output: Weights = Path("miniature/weights/embedder"),
    run: RunPlace = Path("var/miniature/embedder"),
    resume: Resume = False,
    json: AsJson = False,
) -> None:
    """Train the three towers of ImageBind on triples of the world, and write their folder.

    The defaults take about a quarter of an hour on one free CPU core.
    """
    from miniature.train.embedder import make_embedder  # noqa: PLC0415  the door stays light

    quieten_libraries()
    _report(make_embedder(settings, run_folder=run, weights=output, resume=resume), output, json)


def _report(measured: dict[str, float], output: Path, as_json: bool) -> None:
    if as_json:
        print_json(measured)
        return
    console = Console()
    console.print(f"written: {output}")
    for name, value in measured.items():
        console.print(f"  {name.replace('_', ' ')}: {value:.3g}")


if __name__ == "__main__":
    app()
