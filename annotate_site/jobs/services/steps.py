"""One click on a step of the circle: runs with good defaults."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from annotate_site.accounts.models import Person
from annotate_site.annotation.selectors import completed_judgements
from annotate_site.core.exceptions import Refused
from annotate_site.datasets.selectors import ready_snapshots
from annotate_site.jobs import selectors
from annotate_site.jobs.models import Round, Run, RunKind
from annotate_site.jobs.services.runs import launch_run
from annotate_site.jobs.words import axis_words
from workbench.axes import AXES, Axis

_PICTURES_PER_CLIP = 2


def launch_step(*, step: str, axis: Axis | None = None, by: Person) -> list[Run]:
    """Launch a step of the circle; of those for each axis, one or all that are free.

    Raises Refused when what the step needs is not there yet, or when it is going on already.
    """
    if step in (RunKind.REWARD, RunKind.REFINE):
        return _launch_on_axes(RunKind(step), (axis,) if axis else AXES, by)
    kind, options, inputs = _defaults(step)
    if selectors.unfinished_runs().filter(kind=kind).exists():
        raise Refused(
            _("“%(kind)s” is going on already; wait for it, or cancel it") % {"kind": kind.label}
        )
    return [launch_run(kind=kind, options=options, inputs=inputs, by=by)]


def _defaults(step: str) -> tuple[RunKind, dict[str, Any], dict[str, Any]]:
    """What is launched. The seed is the round's number, so that rounds differ."""
    seed = {"seed": Round.objects.aggregate(newest=Max("number"))["newest"] or 1}
    if step == "describe":
        return RunKind.DESCRIBE, {}, {}
    if step == "choose":
        return RunKind.SAMPLE, seed, {}
    if step == "judge":
        return RunKind.SIMULATE, seed, {}
    if step == "snapshot":
        return RunKind.SNAPSHOT, {"include_simulated": _only_programs_judged()}, {}
    if step == "snapshot-with-simulated":
        return RunKind.SNAPSHOT, {"include_simulated": True}, {}
    if step == "paint":
        return _painting(_newest_adapters(), seed)
    if step == "repaint":
        adapters = _newest_adapters()
        if not adapters:
            raise Refused(_("refine the painter on at least one axis first"))
        return _painting(adapters, {"seed": seed["seed"] + 1})
    raise Refused(_("the circle has no step %(step)s") % {"step": repr(step[:40])})


def _painting(
    adapters: dict[Axis, str], seed: dict[str, int]
) -> tuple[RunKind, dict[str, Any], dict[str, Any]]:
    """With equal weights that sum to 1: adapters at full strength would add up to too much."""
    weights: dict[str, float] = {axis: round(1 / len(adapters), 2) for axis in adapters}
    options: dict[str, Any] = {"per_clip": _PICTURES_PER_CLIP, **seed, **weights}
    return RunKind.PAINT, options, {"adapters": adapters}


def _newest_adapters() -> dict[Axis, str]:
    newest = {axis: selectors.succeeded(kind=RunKind.REFINE, axis=axis).first() for axis in AXES}
    return {axis: str(run.pk) for axis, run in newest.items() if run}


def _only_programs_judged() -> bool:
    """Simulated judgements are never mixed with people's unless somebody asks for it."""
    return not completed_judgements(include_simulated=False).exists()


def _launch_on_axes(kind: RunKind, axes: Iterable[Axis], by: Person) -> list[Run]:
    """One run for each axis that has what it needs and that no unfinished run is at work on.

    An axis that is refused holds no other up: those are launched before Refused tells of it.
    """
    unfinished = selectors.unfinished_runs().filter(kind=kind)
    busy = set(unfinished.values_list("options__axis", flat=True))
    fed = {axis: _newest_input(kind, axis) for axis in axes if axis not in busy}
    launched, refusals = [], []
    for axis, inputs in fed.items():
        if inputs:
            try:
                launched.append(launch_run(kind=kind, options={"axis": axis}, inputs=inputs, by=by))
            except Refused as refusal:
                refusals.append(f"{axis_words(axis)}: {refusal}")
    if refusals:
        raise Refused("; ".join(refusals))
    if not launched:
        missing = _("a snapshot") if kind == RunKind.REWARD else _("a reward model")
        raise Refused(
            _("nothing to launch: it needs %(missing)s first, or is going on already")
            % {"missing": missing}
        )
    return launched


def _newest_input(kind: RunKind, axis: Axis) -> dict[str, str]:
    if kind == RunKind.REWARD:
        snapshot = ready_snapshots().first()
        return {"snapshot": str(snapshot.pk)} if snapshot else {}
    reward = selectors.succeeded(kind=RunKind.REWARD, axis=axis).first()
    return {"reward": str(reward.pk)} if reward else {}
