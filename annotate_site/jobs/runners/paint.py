"""Paint candidates: a new painter, newer than all before, and its pictures in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotate_site.catalog.models import Clip, PainterKind
from annotate_site.catalog.selectors import newest_generation
from annotate_site.catalog.services import add_candidate, register_painter
from annotate_site.core.exceptions import Refused
from annotate_site.jobs.models import Run, RunKind
from annotate_site.jobs.runners.inputs import needed_id, succeeded_run
from annotate_site.jobs.runners.manifests import write_clips
from annotate_site.jobs.runners.refine import adapter_folder
from annotate_site.jobs.runners.steps import Step, step_folder
from generation.settings import PaintSettings
from workbench.axes import AXES
from workbench.files import write_json
from workbench.manifests import ImageEntry, read_manifest

IMPORTANT = ("per_clip", "emo", "con", "cre", "seed")
# The installation's matters, not those of one run.
LEFT_OUT = ("profile", "painter", "foreign_adapters")

Settings = PaintSettings


def checked_inputs(options: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    given = inputs.get("adapters") or {}
    if unknown := set(given) - set(AXES):
        raise Refused(
            _("%(name)s is no axis; adapters are for %(axes)s")
            % {"name": repr(unknown.pop()), "axes": ", ".join(AXES)}
        )
    adapters = {}
    for axis in AXES:
        if given.get(axis):
            run_id = needed_id(given, axis, _("a refinement of %(axis)s") % {"axis": axis})
            adapters[axis] = str(succeeded_run(run_id, RunKind.REFINE, axis).pk)
    weighted = {axis for axis in AXES if options.get(axis)}
    if homeless := weighted - set(adapters):
        axis = sorted(homeless)[0]
        raise Refused(
            _("%(axis)s has a weight but no adapter; choose a refinement of %(axis)s")
            % {"axis": axis}
        )
    return {"adapters": adapters}


def weights_of(options: Mapping[str, Any], adapters: Mapping[str, Any]) -> dict[str, float]:
    """The weight of each adapter: 1 unless another is given."""
    given = {axis: options.get(axis) for axis in adapters}
    return {axis: 1.0 if weight is None else float(weight) for axis, weight in given.items()}


def prepare(run: Run) -> list[Step]:
    manifest = run.folder / "clips.jsonl"
    write_clips(manifest, Clip.objects.order_by("pk"))
    generation = newest_generation() + 1
    adapters = run.inputs.get("adapters", {})
    configuration = run.folder / "settings.json"
    weights = weights_of(run.options, adapters)
    write_json(configuration, run.options | weights)
    arguments = [
        "musepainter.py", "paint",
        "--manifest", str(manifest),
        "--config", str(configuration),
        "--painter-name", painter_name(weights, generation),
        "--generation", str(generation),
        "-o", str(step_folder(run, "paint")),
    ]  # fmt: skip
    for axis, run_id in adapters.items():
        refinement = succeeded_run(UUID(run_id), RunKind.REFINE, axis)
        arguments += ["--adapter", f"{axis}={adapter_folder(refinement)}"]
    return [Step("paint", gettext_noop("painting"), tuple(arguments))]


def painter_name(weights: Mapping[str, float], generation: int) -> str:
    parts = [settings.PROFILE, *(f"{axis} {weight:g}" for axis, weight in weights.items())]
    return f"{' + '.join(parts)}, generation {generation}"


def collect(run: Run) -> dict[str, Any]:
    images = read_manifest(step_folder(run, "paint") / "images.jsonl", ImageEntry)
    if not images:
        raise Refused(_("the painter made no picture; see the log"))
    adapters = run.inputs.get("adapters", {})
    weights = weights_of(run.options, adapters)
    painter = register_painter(
        name=images[0].painter,
        kind=PainterKind.ADAPTED if adapters else PainterKind.BASE,
        generation=images[0].generation,
        profile=settings.PROFILE,
        adapters={a: {"run": adapters[a], "weight": weights[a]} for a in adapters},
    )
    clips = Clip.objects.in_bulk({UUID(image.clip_id) for image in images})
    for image in images:
        add_candidate(
            clip=clips[UUID(image.clip_id)],
            painter=painter,
            content=image.image.read_bytes(),
            prompt=image.prompt,
            seed=image.seed,
            run_id=run.pk,
        )
    return {
        "pictures": len(images),
        "clips": len(clips),
        "painter": painter.name,
        "generation": painter.generation,
    }
