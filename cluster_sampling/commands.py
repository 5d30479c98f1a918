"""The commands `musepainter embed` and `musepainter sample`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cluster_sampling.settings import EmbedSettings, SampleSettings
from workbench.command_line import print_json, quieten_libraries, with_settings

Out = Annotated[Path, typer.Option("--out", "-o", help="New folder for the result.")]
Json = Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")]


@with_settings(EmbedSettings)
def embed(
    *,
    clips: Annotated[Path, typer.Option(help="JSON lines: clip_id, audio (a path), caption.")],
    images: Annotated[Path, typer.Option(help="JSON lines: image_id, clip_id, image (a path).")],
    out: Out,
    as_json: Json = False,
    settings: EmbedSettings,
) -> None:
    """Embed clips, captions and pictures in one space, as the input of `sample`."""
    quieten_libraries()
    from cluster_sampling.embedding_run import (  # noqa: PLC0415  the door stays light
        embed_manifests,
    )

    _report(embed_manifests(clips, images, out, settings), as_json)


@with_settings(SampleSettings)
def sample(
    *,
    features: Annotated[Path, typer.Argument(help="Folder made by `musepainter embed`.")],
    out: Out,
    as_json: Json = False,
    settings: SampleSettings,
) -> None:
    """Cluster the clips and choose the triplets of pictures that people will compare."""
    from cluster_sampling.sampling_run import (  # noqa: PLC0415  the door stays light
        sample_features,
    )

    _report(sample_features(features, out, settings), as_json)


def _report(counts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(counts)
        return
    for name, count in counts.items():
        typer.echo(f"{name.replace('_', ' ')}: {count}")
