"""What `musepainter describe` does once its arguments are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import track

from generation._describing import Description, describe_clips, describe_song, write_descriptions
from generation.analyst import RuleAnalyst
from generation.descriptors import Descriptor
from generation.settings import DescribeSettings
from generation.visual_prompt import RuleVisualiser
from workbench.command_line import print_json
from workbench.errors import BadInput, RunFailed
from workbench.manifests import ClipEntry, read_manifest

LISTENING = "listening (the first time on a machine compiles for half a minute)"


def describe_one(song: Path, caption: str, settings: DescribeSettings, *, as_json: bool) -> None:
    with stderr().status(LISTENING):
        description = describe_song(
            song,
            caption,
            max_duration_s=settings.max_duration_s,
            analyst=RuleAnalyst(),
            visualiser=RuleVisualiser(),
        )
    if as_json:
        print_json(description.as_json())
    else:
        typer.echo(in_words(description))


def describe_manifest(
    manifest: Path, output: Path | None, settings: DescribeSettings, *, as_json: bool
) -> None:
    """Raises RunFailed when no clip at all could be described; the reasons are written then too."""
    if output is None:
        raise BadInput("--manifest needs -o OUT.jsonl for the descriptions")
    entries = clips_of(manifest)
    clips = describe_clips(
        entries,
        max_duration_s=settings.max_duration_s,
        analyst=RuleAnalyst(),
        visualiser=RuleVisualiser(),
    )
    described = list(track(clips, "describe", total=len(entries), console=stderr(), transient=True))
    write_descriptions(output, described)
    failures = {one.entry.clip_id: one.error for one in described if one.error}
    report_failures(failures)
    if len(failures) == len(entries):
        raise RunFailed(f"none of the {len(entries)} clips could be described; see {output}")
    n_described = len(entries) - len(failures)
    if as_json:
        counts = {"described": n_described, "failed": len(failures)}
        print_json({"output": str(output), **counts})
    else:
        typer.echo(f"{output}: {n_described} described, {len(failures)} failed")


def clips_of(manifest: Path) -> list[ClipEntry]:
    """Raises BadInput for a manifest without clips."""
    entries = read_manifest(manifest, ClipEntry)
    if not entries:
        raise BadInput(f"the manifest {manifest} holds no clips; give one JSON object per line")
    return entries


def report_failures(failures: Mapping[str, str]) -> None:
    for clip_id, error in failures.items():
        stderr().print(f"skipped {clip_id}: {error}", style="yellow", markup=False)


def stderr() -> Console:
    """Where everything goes that is not the result."""
    return Console(stderr=True, soft_wrap=True)


def in_words(description: Description) -> str:
    """The description as a table for a terminal."""
    d = description.descriptors
    rows = [
        ("key", d.key.value, d.key),
        ("tempo", f"{d.tempo.bpm:.1f} bpm" if d.tempo.bpm else None, d.tempo),
        ("time signature", d.time_signature.value, d.time_signature),
        ("instrument", d.instrument.value, d.instrument),
        ("style", d.style.value, d.style),
        ("mood", d.mood.value, d.mood),
    ]
    lines = [f"{name:15} {value or 'unknown':18} {_origin(found)}" for name, value, found in rows]
    return "\n".join([line.rstrip() for line in lines] + [f"{'prompt':15} {_prompt(description)}"])


def _prompt(description: Description) -> str:
    return description.visual.prompt


def _origin(found: Descriptor) -> str:
    words = {None: "", "audio": "measured", "text": "stated"}[found.source]
    if found.confidence is not None:
        words += f", confidence {found.confidence:.2f}"
    return words + (f', "{found.evidence}"' if found.evidence else "")
