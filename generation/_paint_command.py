"""What `musepainter paint` does once its arguments are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import typer
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from generation._candidates import Outcome, paint_candidates
from generation._describe_command import LISTENING, clips_of, report_failures, stderr
from generation._describing import describe_song
from generation._painting import Brush, commission, load_brush, save_picture
from generation.adapters import AdapterChoice
from generation.analyst import RuleAnalyst
from generation.settings import PaintSettings
from generation.visual_prompt import RuleVisualiser
from workbench.command_line import print_json
from workbench.errors import BadInput
from workbench.files import refuse_existing, sha256_of_file
from workbench.run_folder import started_run


class Names(NamedTuple):
    """What the candidates of a manifest are called by."""

    painter: str
    generation: int


def paint_one(
    song: Path,
    text: str,
    output: Path,
    adapters: Sequence[AdapterChoice],
    settings: PaintSettings,
    *,
    as_json: bool,
) -> None:
    _refuse_suffix(output)
    with stderr().status(LISTENING):
        description = describe_song(
            song,
            text,
            max_duration_s=settings.max_duration_s,
            analyst=RuleAnalyst(),
            visualiser=RuleVisualiser(),
        )
    brush = _loaded(settings, adapters)
    made = commission(brush, song.name, description.visual.prompt, settings.seed)
    cut = brush.painter.overflow(made.prompt)
    _warn_of_cut({song.name: cut} if cut else {})
    with stderr().status("painting"):
        picture = next(brush.paint([made.prompt], [made.seed]))
    save_picture(picture, output, made, brush)
    if as_json:
        made_by = {"prompt": made.prompt, "seed": made.seed, **brush.facts()}
        print_json({"image": str(output), **made_by})
    else:
        typer.echo(f"{output}: {made.prompt}")


def paint_manifest(
    manifest: Path,
    output: Path,
    adapters: Sequence[AdapterChoice],
    settings: PaintSettings,
    names: Names,
    *,
    resume: bool,
    as_json: bool,
) -> None:
    if not resume:
        refuse_existing(output)
    entries = clips_of(manifest)
    brush = _loaded(settings, adapters)
    with started_run(
        output,
        kind="paint",
        settings=settings,
        seed=settings.seed,
        inputs=_inputs(manifest, brush),
        resume=resume,
    ) as run:
        outcome = paint_candidates(
            run,
            entries,
            brush,
            settings,
            painter_name=names.painter,
            generation=names.generation,
            analyst=RuleAnalyst(),
            visualiser=RuleVisualiser(),
        )
        run.note(**_summary(outcome), painter_name=names.painter, generation=names.generation)
    report_failures(outcome.failures)
    _warn_of_cut(outcome.cut)
    if as_json:
        print_json({"images": str(output / "images.jsonl"), **_summary(outcome)})
    else:
        typer.echo(
            f"{output / 'images.jsonl'}: {len(outcome.images)} pictures, "
            f"skipped clips: {len(outcome.failures)}"
        )


def _loaded(settings: PaintSettings, adapters: Sequence[AdapterChoice]) -> Brush:
    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    with stderr().status("loading the painter"):
        return load_brush(settings, adapters)


def _inputs(manifest: Path, brush: Brush) -> dict[str, str]:
    adapters = {f"adapter_{axis}": sha256 for axis, sha256 in brush.painter.adapters.items()}
    return {"clips": sha256_of_file(manifest), "painter": brush.painter.sha256, **adapters}


def _summary(outcome: Outcome) -> dict[str, object]:
    return {
        "pictures": len(outcome.images),
        "painted": outcome.n_painted,
        "failed_clips": outcome.failures,
        "cut_prompts": outcome.cut,
    }


def _warn_of_cut(cut: Mapping[str, str]) -> None:
    for name, words in cut.items():
        stderr().print(
            f"the prompt of {name} is longer than the 77 tokens that the text encoders read; "
            f"cut off: {words!r}",
            style="yellow",
            markup=False,
        )


def _refuse_suffix(output: Path) -> None:
    if output.suffix.lower() != ".png":
        raise BadInput(f"-o {output} will not do: pictures are written as .png")
    if output.is_dir():
        raise BadInput(f"-o {output} is a folder; name a .png file")
