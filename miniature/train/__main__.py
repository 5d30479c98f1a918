"""`python -m miniature.train painter|embedder|classifier`: make the shipped weights again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer
from rich.console import Console

from miniature.train.settings import ClassifierSettings, EmbedderSettings, PainterSettings
from workbench.command_line import courteous, print_json, quieten_libraries, with_settings
from workbench.files import write_json

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Train the miniature models. Stop with Ctrl-C at any time and go on with --resume.",
)

Weights = Annotated[Path, typer.Option("-o", "--output", help="New folder for the weights.")]
RunPlace = Annotated[
    Path, typer.Option("--run", help="Folder for checkpoints, metrics and rendered data.")
]
OwnWeights = Annotated[
    Optional[Path],  # noqa: UP045 typer reads it
    typer.Option(
        "-o", "--output", help="New folder for the weights.", show_default="miniature/weights/NAME"
    ),
]
OwnRunPlace = Annotated[
    Optional[Path],  # noqa: UP045 typer reads it
    typer.Option(
        "--run", help="Folder for checkpoints and metrics.", show_default="var/miniature/NAME"
    ),
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

    The defaults take between two and three hours on one CPU core.
    """
    quieten_libraries()
    from miniature.train.painter import make_painter  # noqa: PLC0415  the door stays light

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

    The defaults take under an hour on one CPU core.
    """
    quieten_libraries()
    from miniature.train.embedder import make_embedder  # noqa: PLC0415  the door stays light

    _report(make_embedder(settings, run_folder=run, weights=output, resume=resume), output, json)


@app.command()
@courteous
@with_settings(ClassifierSettings)
def classifier(
    settings: ClassifierSettings,
    output: OwnWeights = None,
    run: OwnRunPlace = None,
    resume: Resume = False,
    json: AsJson = False,
) -> None:
    """Train the examiner or the inspector on drawn pictures, and write its folder.

    The defaults take about two minutes on one free CPU core.
    """
    quieten_libraries()
    from miniature.train.classifying import make_classifier  # noqa: PLC0415  the door stays light

    output = output or Path("miniature/weights") / settings.name
    run = run or Path("var/miniature") / settings.name
    _report(make_classifier(settings, run_folder=run, weights=output, resume=resume), output, json)


@app.command()
@courteous
def gold(
    pictures: Annotated[int, typer.Option(min=100, help="Drawn pictures to measure.")] = 4_000,
    of_each: Annotated[
        int, typer.Option(min=8, help="Pictures of each pair of palette and lighting.")
    ] = 48,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File to write; it may exist.")
    ] = Path("miniature/gold_reference.json"),
) -> None:
    """Measure again what the gold utilities are standardised by, with the shipped examiner.

    Takes about half a minute. Needed after the world or the examiner has changed.
    """
    from miniature.train.standardising import measured_reference  # noqa: PLC0415  as above

    reference = measured_reference(pictures=pictures, of_each=of_each)
    write_json(output, reference.model_dump())
    Console().print(f"written: {output}")


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
