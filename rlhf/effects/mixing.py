"""What weights do: rewards against the weight of one adapter, with the others off."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rlhf.effects.gallery import Gallery
from rlhf.effects.measuring import Eyes, Seen, effects_of
from rlhf.effects.results import CurvePoint
from workbench.axes import Axis
from workbench.errors import RunFailed
from workbench.measures import ClipBootstrap


def response_curves(gallery: Gallery) -> dict[Axis, list[CurvePoint]]:
    """Response curves, after the proof that adapters at weight 0 leave the base as it is."""
    count = gallery.curve_size
    hall, eyes = gallery.material.hall.small(count), gallery.eyes.small(count)
    tasks, paint = hall.tasks(), gallery.easel.painting
    plain = paint("curve-base", tasks, {})
    off = paint("curve-off", tasks, dict.fromkeys(gallery.material.adapters, 0.0))
    if not np.array_equal(plain.pictures, off.pictures):
        raise RunFailed(
            "the painter with all adapters at weight 0 paints other pictures than without them; "
            "its adapters do not only add to its weights"
        )
    base, settings = eyes.see(plain.levels), gallery.settings
    bootstrap = ClipBootstrap(hall.owners, resamples=settings.resamples, seed=settings.seed)
    return {
        axis: list(_curve(gallery, axis, base, eyes, bootstrap))
        for axis in gallery.material.adapters
        if len(settings.curve_weights) > 1
    }


def _curve(
    gallery: Gallery, axis: Axis, base: Seen, eyes: Eyes, bootstrap: ClipBootstrap
) -> Iterator[CurvePoint]:
    tasks = gallery.material.hall.small(len(eyes.owners)).tasks()
    for weight in gallery.settings.curve_weights:
        seen = base
        if weight:
            name = f"curve-{axis}-{weight:g}"
            seen = eyes.see(gallery.easel.painting(name, tasks, {axis: weight}).levels)
        found = effects_of(base, seen, bootstrap)
        yield CurvePoint(weight, {other: one.judged.gain for other, one in found.items()})
