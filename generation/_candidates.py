"""Painting the candidates of all clips of a manifest into a run folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from generation._describing import Described, describe_clips, write_descriptions
from generation._painting import Brush, Commission, commission, picture_seed, save_picture
from generation.analyst import Analyst
from generation.settings import PaintSettings
from generation.visual_prompt import Visualiser
from workbench.errors import RunFailed
from workbench.manifests import ClipEntry, ImageEntry, write_manifest
from workbench.run_folder import RunFolder


class Outcome(NamedTuple):
    """images: all candidates, in the order of the manifest; n_painted: those that are new.

    failures: why a clip has none, by clip id; cut: what did not fit the text encoders, by clip id.
    """

    images: list[ImageEntry]
    n_painted: int
    failures: dict[str, str]
    cut: dict[str, str]


def paint_candidates(
    run: RunFolder,
    entries: Sequence[ClipEntry],
    brush: Brush,
    settings: PaintSettings,
    *,
    painter_name: str,
    generation: int,
    analyst: Analyst,
    visualiser: Visualiser,
) -> Outcome:
    """Describe the clips, paint `per_clip` pictures for each, and write images.jsonl last.

    A picture that is there already under its id is kept, so an interrupted run can be resumed.
    Raises RunFailed when no clip can be used.
    """
    clips = describe_clips(
        entries, max_duration_s=settings.max_duration_s, analyst=analyst, visualiser=visualiser
    )
    described = list(run.track(clips, stage="describe", total=len(entries)))
    write_descriptions(run.path("descriptions.jsonl"), described)
    failures = {one.entry.clip_id: one.error for one in described if one.error}
    if len(failures) == len(entries):
        raise RunFailed(f"no clip could be described; the first: {next(iter(failures.values()))}")
    wanted = _commissions(described, brush, settings)
    n_painted = _paint_missing(run, wanted, brush)
    images = [_entry(made, painter_name, generation) for made in wanted]
    write_manifest(run.path("images.jsonl"), images)
    prompts = {made.clip_id: made.prompt for made in wanted}
    overflow = {clip_id: brush.painter.overflow(prompt) for clip_id, prompt in prompts.items()}
    cut = {clip_id: words for clip_id, words in overflow.items() if words}
    return Outcome(images, n_painted, failures, cut)


def _commissions(
    described: Sequence[Described], brush: Brush, settings: PaintSettings
) -> list[Commission]:
    return [
        commission(
            brush,
            one.entry.clip_id,
            one.description.visual.prompt,
            picture_seed(settings.seed, one.entry.clip_id, number),
        )
        for one in described
        if one.description
        for number in range(settings.per_clip)
    ]


def _paint_missing(run: RunFolder, wanted: Sequence[Commission], brush: Brush) -> int:
    missing = [made for made in wanted if not run.path(_place(made)).exists()]
    pictures = brush.paint([made.prompt for made in missing], [made.seed for made in missing])
    for made, picture in run.track(
        zip(missing, pictures, strict=True), stage="paint", total=len(missing)
    ):
        save_picture(picture, run.path(_place(made)), made, brush)
    return len(missing)


def _place(made: Commission) -> str:
    """Below the run folder; clip ids may hold anything, so they are no part of it."""
    return f"pictures/{made.image_id}.png"


def _entry(made: Commission, painter_name: str, generation: int) -> ImageEntry:
    return ImageEntry(
        image_id=made.image_id,
        clip_id=made.clip_id,
        image=Path(_place(made)),
        painter=painter_name,
        generation=generation,
        prompt=made.prompt,
        seed=made.seed,
    )
