"""The command line: one door, behind which each sub-command loads its own package on demand."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

import typer

from workbench.command_line import courteous


class Door(NamedTuple):
    module: str
    name: str
    help: str


# The help stands here so that `musepainter --help` answers without loading a model library.
DOORS = {
    "describe": Door("generation.commands", "describe", "Key, tempo, metre, visual prompt."),
    "paint": Door("generation.commands", "paint", "Paint a song, or a manifest of clips."),
    "embed": Door("cluster_sampling.commands", "embed", "Embed clips and images in one space."),
    "sample": Door("cluster_sampling.commands", "sample", "Cluster clips and choose triplets."),
    "pull": Door("rlhf.commands", "pull", "Fetch a preference snapshot from a site."),
    "reward": Door("rlhf.commands", "reward", "Train and evaluate reward models, one per axis."),
    "refine": Door("rlhf.commands", "refine", "Fine-tune the painter on one axis."),
    "effects": Door(
        "rlhf.effects.command", "effects", "Measure adapters beside the base and best-of-n."
    ),
    "testbed": Door(
        "miniature.commands", "try_loop", "Does the loop learn? Rounds with known truth."
    ),
    "testbed-summary": Door(
        "miniature.commands", "compare_runs", "Testbed runs side by side: seeds and ablations."
    ),
}


def command_line(arguments: Sequence[str]) -> typer.Typer:
    """All commands by name; only the one that `arguments` begins with is imported."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
    )

    @app.callback()
    def _door() -> None:
        """Turn music into pictures and learn from people which picture fits."""

    for name, door in DOORS.items():
        if name in arguments[:1]:
            _open(app, name, door)
        else:
            app.command(name, help=door.help)(_closed)
    return app


def _open(app: typer.Typer, name: str, door: Door) -> None:
    entry = getattr(importlib.import_module(door.module), door.name)
    if isinstance(entry, typer.Typer):
        app.add_typer(entry, name=name, help=door.help, no_args_is_help=True)
    else:
        app.command(name)(courteous(entry))


def _closed() -> None:
    """Stands for a command that this call does not name."""


def main() -> None:
    # On a busy machine OpenMP threads that spin while they wait cost ten times what they gain.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    command_line(sys.argv[1:])()


if __name__ == "__main__":
    main()
