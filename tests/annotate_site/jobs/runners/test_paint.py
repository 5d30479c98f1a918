from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from annotate_site.accounts.models import Person
from annotate_site.catalog.models import Candidate, Clip, Painter, PainterKind
from annotate_site.core.exceptions import Refused
from annotate_site.jobs.models import Run, RunKind
from annotate_site.jobs.runners import paint
from annotate_site.jobs.runners.steps import step_folder
from annotate_site.jobs.services import launch_run
from tests.factories.catalog import ClipFactory, PainterFactory
from tests.factories.jobs import RunFactory
from workbench.files import read_json
from workbench.manifests import ClipEntry, ImageEntry, read_manifest, write_manifest

pytestmark = pytest.mark.django_db


def _launched(manager: Person, **changes: object) -> Run:
    run = launch_run(kind=RunKind.PAINT, options={"seed": 3} | changes, inputs={}, by=manager)
    run.folder.mkdir(parents=True)
    return run


def _paint(run: Run, clips: list[Clip], *, generation: int, name: str) -> None:
    """What `musepainter paint` leaves: one picture for each clip."""
    folder = step_folder(run, "paint")
    folder.mkdir()
    entries = []
    for number, clip in enumerate(clips):
        stream = io.BytesIO()
        Image.new("RGB", (16, 16), (number, 0, 0)).save(stream, "PNG")
        (folder / f"{number}.png").write_bytes(stream.getvalue())
        entries.append(
            ImageEntry(
                image_id=str(number),
                clip_id=str(clip.pk),
                image=Path(f"{number}.png"),
                painter=name,
                generation=generation,
                prompt="a calm sea",
                seed=number,
            )
        )
    write_manifest(folder / "images.jsonl", entries)


def test_prepare_names_a_painter_newer_than_all_before(manager: Person) -> None:
    PainterFactory(generation=4)
    clip = ClipFactory()
    run = _launched(manager)
    (step,) = paint.prepare(run)
    (entry,) = read_manifest(run.folder / "clips.jsonl", ClipEntry)
    assert (entry.clip_id, entry.audio) == (str(clip.pk), Path(clip.audio.path))
    assert read_json(run.folder / "settings.json")["seed"] == 3
    named = dict(zip(step.arguments[2::2], step.arguments[3::2], strict=True))
    assert named == {
        "--manifest": str(run.folder / "clips.jsonl"),
        "--config": str(run.folder / "settings.json"),
        "--painter-name": "mini, generation 5",
        "--generation": "5",
        "-o": str(step_folder(run, "paint")),
    }


def test_prepare_hands_adapters_over_with_their_weights(manager: Person) -> None:
    ClipFactory()
    refined = RunFactory(kind=RunKind.REFINE, options={"axis": "emo"}, finished=True)
    run = launch_run(
        kind=RunKind.PAINT,
        options={"emo": 0.5},
        inputs={"adapters": {"emo": str(refined.pk)}},
        by=manager,
    )
    run.folder.mkdir(parents=True)
    (step,) = paint.prepare(run)
    folder = step_folder(refined, "refine") / "adapter"
    assert step.arguments[-2:] == ("--adapter", f"emo={folder}")
    assert "mini + emo 0.5, generation 1" in step.arguments
    assert read_json(run.folder / "settings.json")["emo"] == 0.5


def test_prepare_refuses_a_site_without_clips(manager: Person) -> None:
    with pytest.raises(Refused, match="there is no clip to work on"):
        paint.prepare(_launched(manager))


def test_collect_publishes_the_pictures_under_a_new_painter(manager: Person) -> None:
    clips = ClipFactory.create_batch(2)
    run = _launched(manager)
    _paint(run, clips, generation=1, name="mini, generation 1")
    results = paint.collect(run)
    assert results == {
        "pictures": 2,
        "clips": 2,
        "painter": "mini, generation 1",
        "generation": 1,
    }
    painter = Painter.objects.get()
    assert (painter.kind, painter.generation) == (PainterKind.BASE, 1)
    published = Candidate.objects.order_by("seed").values_list("clip_id", "run_id", "prompt")
    assert list(published) == [(clip.pk, run.pk, "a calm sea") for clip in clips]


def test_collect_twice_publishes_once(manager: Person) -> None:
    run = _launched(manager)
    _paint(run, [ClipFactory()], generation=1, name="mini, generation 1")
    paint.collect(run)
    paint.collect(run)
    assert (Painter.objects.count(), Candidate.objects.count()) == (1, 1)


def test_collect_refuses_an_empty_result(manager: Person) -> None:
    run = _launched(manager)
    _paint(run, [], generation=1, name="mini")
    with pytest.raises(Refused, match="the painter made no picture"):
        paint.collect(run)
