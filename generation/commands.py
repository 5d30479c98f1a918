"""The commands `musepainter describe` and `musepainter paint`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from generation._choices import chosen_adapters, resolved
from generation.settings import DescribeSettings, PaintSettings
from workbench.command_line import quieten_libraries, with_settings
from workbench.errors import BadInput

Song = Annotated[
    Path | None, typer.Argument(help="A recording: wav, flac, ogg or mp3.", show_default=False)
]
Manifest = Annotated[
    Path | None,
    typer.Option(
        help='Many clips in place of SONG: JSON lines {"clip_id", "audio", "caption"}.',
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@with_settings(DescribeSettings)
def describe(
    *,
    song: Song = None,
    caption: Annotated[str, typer.Option(help="What is said about the song.")] = "",
    manifest: Manifest = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="JSON lines, one per clip.", show_default=False),
    ] = None,
    json: Json = False,
    settings: DescribeSettings,
) -> None:
    """Say what a song is like: key, tempo, metre, and the picture that they suggest.

    Key, tempo and time signature are measured. Instrument, style and mood are
    read from the caption, with the words that say so, and stay empty without it.

    musepainter describe song.ogg --caption "A sad waltz for piano" --json

    musepainter describe --manifest clips.jsonl -o descriptions.jsonl
    """
    _refuse_both(song, manifest)
    from generation import _describe_command as command  # noqa: PLC0415  the door stays light

    if manifest is not None:
        command.describe_manifest(manifest, output, settings, as_json=json)
    elif song is None:
        raise BadInput("there is nothing to describe; give a SONG or --manifest clips.jsonl")
    elif output is not None:
        raise BadInput("-o goes with --manifest; redirect the output of a single song")
    else:
        command.describe_one(song, caption, settings, as_json=json)


@with_settings(PaintSettings)
def paint(
    *,
    song: Song = None,
    text: Annotated[str, typer.Option(help="What is said about the song: its caption.")] = "",
    manifest: Manifest = None,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="A .png file; with --manifest a new run folder."),
    ],
    adapter: Annotated[
        list[str] | None,
        typer.Option(
            help="AXIS=FOLDER, an adapter made by `musepainter refine`; once per axis "
            "(emo, con, cre). Weigh them with --emo, --con, --cre.",
            show_default=False,
        ),
    ] = None,
    painter_name: Annotated[
        str | None,
        typer.Option(help="Name of the painter in images.jsonl.", show_default="the profile's"),
    ] = None,
    generation: Annotated[
        int, typer.Option(min=0, help="How often the painter was refined; higher is newer.")
    ] = 0,
    resume: Annotated[
        bool, typer.Option(help="Go on in a run folder that was interrupted.")
    ] = False,
    json: Json = False,
    settings: PaintSettings,
) -> None:
    """Paint a song, or candidates for every clip of a manifest.

    The song is described first (see `musepainter describe`), then its visual
    prompt is painted.

    musepainter paint song.ogg --text "A sad piano waltz" -o waltz.png --seed 7

    musepainter paint song.ogg --adapter emo=RUN/adapter --emo 0.7 -o moved.png

    musepainter paint --manifest clips.jsonl --per-clip 4 -o candidates
    """
    _refuse_both(song, manifest)
    adapters = chosen_adapters(adapter or [], settings)
    settings = resolved(settings, adapters)
    quieten_libraries()
    from generation import _paint_command as command  # noqa: PLC0415  the door stays light

    if manifest is not None:
        names = command.Names(painter_name or str(settings.profile), generation)
        command.paint_manifest(
            manifest, output, adapters, settings, names, resume=resume, as_json=json
        )
    elif song is None:
        raise BadInput("there is nothing to paint; give a SONG or --manifest clips.jsonl")
    else:
        command.paint_one(song, text, output, adapters, settings, as_json=json)


def _refuse_both(song: Path | None, manifest: Path | None) -> None:
    if song is not None and manifest is not None:
        raise BadInput(f"give either the song {song} or --manifest {manifest}, not both")
