"""Evaluation as deployed: what adapters do on held-out clips, beside the base and best-of-n.

Supports any SDXL pipeline, guidance and steps of its profile, adapters alone and one mixture.
Assumes reward models with judges, one for each axis that is measured. Raises BadInput for anything
that does not fit before it paints, and RunFailed when adapters that are off change a picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from generation.adapters import AdapterChoice
from rlhf._resume import check_same_run
from rlhf._watch_plot import WATCH_PLOT
from rlhf.effects.contact_sheet import write_contact_sheet
from rlhf.effects.gallery import Gallery, gallery_of
from rlhf.effects.material import open_material
from rlhf.effects.measuring import (
    Seen,
    chosen_by,
    diversity_kept,
    drift_of,
    effects_of,
    likeness_of,
)
from rlhf.effects.mixing import prove_weight_zero, response_curves
from rlhf.effects.page import write_page
from rlhf.effects.painting import kept_painting
from rlhf.effects.plots import draw_plots
from rlhf.effects.report import RESULTS, SHEET, write_report
from rlhf.effects.results import Exhibit, ExhibitKind, Ground, Results
from rlhf.effects.settings import EffectsSettings
from rlhf.effects.steps import step_sheets
from workbench.axes import Axis
from workbench.errors import RunInterrupted
from workbench.files import refuse_existing, write_json
from workbench.measures import Effect, spread, win_points
from workbench.profiles import Profile
from workbench.run_folder import started_run

BASE = "base"
MIXTURE: ExhibitKind = "mixture"


def measure_effects(
    adapters: Sequence[Path],
    rewards: Sequence[Path],
    snapshot: Path,
    output: Path,
    settings: EffectsSettings,
    profile: Profile,
    *,
    controls: Sequence[Path] = (),
    resume: bool = False,
    show_progress: bool = True,
) -> Results:
    """Paint the held-out clips by the base and with each adapter, and lay them side by side.

    controls: adapters of the same axes that were rewarded for other clips. Writes report.html,
    report.md, results.json, plots, contact sheets and paintings/ to `output`. An interrupted run
    keeps the paintings that are finished, and goes on from them with `resume`.
    """
    if settings.painter:
        profile = profile.model_copy(update={"painter": settings.painter})
    if not resume:
        refuse_existing(output)  # Before the models are loaded, which takes its time.
    material = open_material(adapters, rewards, snapshot, settings, profile, controls)
    if resume:
        check_same_run(output, settings, material.hashes, may_change="resamples")
    with started_run(
        output,
        kind="effects",
        settings=settings,
        seed=settings.seed,
        inputs=material.hashes,
        resume=resume,
        show_progress=show_progress,
    ) as run:
        run.note(profile=profile.model_dump())
        try:
            gallery = gallery_of(run, material, settings, profile)
            results = _measured(gallery, profile)
            sheets = step_sheets(gallery)
        except (RunInterrupted, KeyboardInterrupt):
            raise RunInterrupted(
                f"stopped; the finished paintings in {output} are kept, go on with --resume"
            ) from None
        _write(gallery, results, sheets)
    return results


def _measured(gallery: Gallery, profile: Profile) -> Results:
    material, settings = gallery.material, gallery.settings
    prove_weight_zero(gallery)
    base, *others = _candidates(gallery, BASE, [], settings.best_of)
    best = _best_of(gallery, [base, *others])
    painted = [
        shown
        for axis in material.adapters
        for shown in _adapter_exhibits(gallery, base, axis, best.get(axis))
    ]
    mixed = [_mixture_exhibit(gallery, base)] if settings.mixture else []
    kept = [_best_of_exhibit(gallery, base, axis, seen) for axis, seen in best.items()]
    return Results(
        settings=settings,
        profile=profile.name,
        steps=profile.steps,
        guidance=profile.guidance,
        n=len(gallery.eyes.owners),
        n_clips=len(material.hall.briefs),
        n_curve=len(gallery.curve_hall.briefs),
        ground=_ground(gallery, base, others),
        exhibits=[*painted, *mixed, *kept],
        curves=response_curves(gallery, base),
        lineage=material.lineage,
        strangers=material.strangers,
        cut_prompts=material.cut_prompts,
        hashes=material.hashes,
    )


def _best_of(gallery: Gallery, candidates: Sequence[Seen]) -> dict[Axis, Seen]:
    """What each reward model keeps of the base's pictures; nothing where there is no choice."""
    if len(candidates) < 2:
        return {}
    return {axis: chosen_by(axis, candidates) for axis in gallery.material.models}


def _candidates(
    gallery: Gallery, name: str, adapters: Sequence[AdapterChoice], count: int
) -> list[Seen]:
    """The hall `count` times by one painter, each time on other noise; the first is the picture."""
    names = [name, *(f"{name}-{number}" for number in range(2, count + 1))]
    return [gallery.seen(name, adapters, number) for number, name in enumerate(names)]


def _adapter_exhibits(
    gallery: Gallery, base: Seen, axis: Axis, best: Seen | None
) -> Iterator[Exhibit]:
    """An adapter, and its control behind it."""
    is_rival = best is not None and gallery.settings.equal_cost
    count = gallery.settings.best_of if is_rival else 1
    seen, *others = _candidates(gallery, axis, gallery.weighed({axis: 1.0}), count)
    shown = replace(_exhibit(gallery, base, seen, axis, "adapter"), axis=axis)
    if best is not None:
        shown = replace(shown, over_best_of=_over(gallery, base, axis, seen, best))
    if best is not None and others:
        own_best = chosen_by(axis, [seen, *others])
        shown = replace(shown, at_equal_cost=_over(gallery, base, axis, own_best, best))
    control = gallery.material.controls.get(axis)
    if control is None:
        yield shown
        return
    astray = gallery.seen(f"control-{axis}", [control])
    if axis in base.verdicts:
        shown = replace(shown, over_control=_over(gallery, base, axis, seen, astray))
    yield shown
    yield replace(_exhibit(gallery, base, astray, f"{axis} shuffled", "control"), axis=axis)


def _over(gallery: Gallery, base: Seen, axis: Axis, seen: Seen, rival: Seen) -> Effect:
    """One against another as the judges of `axis` see them, in sd of the base."""
    unit = spread(base.verdicts[axis].judged)
    own, other = (one.verdicts[axis].judged / unit for one in (seen, rival))
    return Effect(
        gain=gallery.bootstrap.mean(own - other),
        win_rate=gallery.bootstrap.mean(win_points(own, other)),
    )


def _best_of_exhibit(gallery: Gallery, base: Seen, axis: Axis, best: Seen) -> Exhibit:
    count = gallery.settings.best_of
    shown = _exhibit(gallery, base, best, f"best of {count} by {axis}", "best_of")
    return replace(shown, axis=axis, cost=count)


def _mixture_exhibit(gallery: Gallery, base: Seen) -> Exhibit:
    weights = gallery.settings.mixture
    told = " + ".join(f"{weight:g} {axis}" for axis, weight in weights.items())
    seen = gallery.seen(MIXTURE, gallery.weighed(weights))
    return _exhibit(gallery, base, seen, f"{MIXTURE} {told}", MIXTURE)


def _exhibit(gallery: Gallery, base: Seen, seen: Seen, name: str, kind: ExhibitKind) -> Exhibit:
    bootstrap, per_clip = gallery.bootstrap, gallery.settings.per_clip
    likeness = likeness_of(seen, per_clip, bootstrap)
    of_base = likeness_of(base, per_clip, bootstrap)
    return Exhibit(
        name=name,
        kind=kind,
        effects=effects_of(base, seen, bootstrap),
        likeness=likeness,
        diversity_kept=diversity_kept(likeness.diversity, of_base.diversity),
        adherence_change=bootstrap.mean(seen.adherence - base.adherence),
        drift=drift_of(base, seen, bootstrap),
    )


def _ground(gallery: Gallery, base: Seen, others: Sequence[Seen]) -> Ground:
    return Ground(
        likeness_of(base, gallery.settings.per_clip, gallery.bootstrap),
        drift_of(base, others[0], gallery.bootstrap) if others else None,
    )


def _write(gallery: Gallery, results: Results, sheets: Mapping[Axis, Path]) -> None:
    run, material, settings = gallery.easel.run, gallery.material, gallery.settings
    hall = material.hall
    rows = np.arange(min(settings.shown, len(hall.briefs))) * hall.per_clip
    names = [BASE, *material.adapters, *([MIXTURE] if settings.mixture else [])]
    columns = {name: kept_painting(run, name).pictures[rows] for name in names}
    write_contact_sheet(run.path(SHEET), hall.briefs[: len(rows)], columns)
    draw_plots(run.folder, results)
    write_report(run.folder, results, sheets)
    watches = {axis: folder / WATCH_PLOT for axis, folder in material.runs.items()}
    write_page(run.folder, results, sheets, watches)
    write_json(run.path(RESULTS), results.as_dict())
