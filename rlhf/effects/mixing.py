"""What weights do: rewards against the weight of one adapter, with the others off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from rlhf.effects.gallery import Gallery
from rlhf.effects.measuring import Seen
from rlhf.effects.results import CurvePoint
from workbench.axes import Axis
from workbench.errors import RunFailed
from workbench.measures import ClipBootstrap, Estimate, spread

_PLAIN, _OFF = "curve-base", "curve-off"


def prove_weight_zero(gallery: Gallery) -> None:
    """Raises RunFailed unless all adapters at weight 0 paint the base's pictures bit for bit."""
    tasks = gallery.curve_hall.tasks()
    plain = gallery.easel.painting(_PLAIN, tasks, [])
    all_off = gallery.weighed(dict.fromkeys(gallery.material.adapters, 0.0))
    off = gallery.easel.painting(_OFF, tasks, all_off)
    if not np.array_equal(plain.pictures, off.pictures):
        raise RunFailed(
            "the painter with all adapters at weight 0 paints other pictures than without them; "
            "its adapters do not only add to its weights"
        )


def response_curves(gallery: Gallery, base: Seen) -> dict[Axis, list[CurvePoint]]:
    """A curve for each adapter, in sd of the pictures of the whole hall by the base."""
    if len(gallery.settings.curve_weights) < 2:
        return {}
    units = {axis: spread(verdict.judged) for axis, verdict in base.verdicts.items()}
    return {axis: list(_curve(gallery, axis, units)) for axis in gallery.material.adapters}


def _curve(gallery: Gallery, adapter: Axis, units: Mapping[Axis, float]) -> Iterator[CurvePoint]:
    hall, settings = gallery.curve_hall, gallery.settings
    eyes = gallery.eyes.small(len(hall.briefs))
    bootstrap = ClipBootstrap(hall.owners, resamples=settings.resamples, seed=settings.seed)
    plain = eyes.see(gallery.easel.painting(_PLAIN, hall.tasks(), []).levels)
    for weight in settings.curve_weights:
        seen = plain
        if weight:
            name = f"curve-{adapter}-{weight:g}"
            acting = gallery.weighed({adapter: weight})
            seen = eyes.see(gallery.easel.painting(name, hall.tasks(), acting).levels)
        yield CurvePoint(
            weight,
            {axis: _gain(plain, seen, axis, unit, bootstrap) for axis, unit in units.items()},
        )


def _gain(plain: Seen, seen: Seen, axis: Axis, unit: float, bootstrap: ClipBootstrap) -> Estimate:
    return bootstrap.mean((seen.verdicts[axis].judged - plain.verdicts[axis].judged) / unit)
