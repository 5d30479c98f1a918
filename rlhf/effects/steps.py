"""What an adapter painted on its way: a contact sheet of the steps that its refinement kept."""

from __future__ import annotations

from pathlib import Path

from generation.adapters import AdapterChoice
from rlhf.effects.contact_sheet import write_contact_sheet
from rlhf.effects.gallery import Gallery
from rlhf.refinement import kept_adapters
from workbench.axes import Axis


def step_sheets(gallery: Gallery) -> dict[Axis, Path]:
    """A sheet for each adapter whose run kept some: the base, steps in their order, the adapter."""
    sheets = {}
    for axis, folder in gallery.material.runs.items():
        steps = well_spread(kept_adapters(folder), gallery.settings.steps_shown)
        if steps:
            sheets[axis] = _sheet(gallery, axis, steps)
    return sheets


def well_spread(steps: dict[int, Path], count: int) -> dict[int, Path]:
    """At most `count` of the steps, the last one among them."""
    known, shown = sorted(steps), min(count, len(steps))
    places = [-(-len(known) * number // shown) - 1 for number in range(1, shown + 1)]
    return {known[place]: steps[known[place]] for place in places}


def _sheet(gallery: Gallery, axis: Axis, steps: dict[int, Path]) -> Path:
    hall = gallery.material.hall.small(gallery.settings.shown)
    painters = {
        "base": ("shown-base", []),
        **{
            f"step {step}": (f"shown-{axis}-{step}", [AdapterChoice(axis, folder)])
            for step, folder in steps.items()
        },
        "saved": (f"shown-{axis}", gallery.weighed({axis: 1.0})),
    }
    columns = {
        title: gallery.easel.painting(name, hall.tasks(), adapters).pictures
        for title, (name, adapters) in painters.items()
    }
    path = gallery.easel.run.path(f"steps_{axis}.png")
    write_contact_sheet(path, hall.briefs, columns)
    return path
