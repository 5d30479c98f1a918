"""Refine the painter on one axis: an adapter that the axis's reward model likes (Eqs. 10-11)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import Field

from annotate_site.core.exceptions import Refused
from annotate_site.datasets.services import snapshot_folder
from annotate_site.jobs.models import Run, RunKind
from annotate_site.jobs.runners.inputs import needed_id, ready_snapshot, succeeded_run
from annotate_site.jobs.runners.reward import models_beside, reward_folder
from annotate_site.jobs.runners.steps import Step, step_folder
from rlhf.refine_settings import RefineSettings
from workbench.files import read_json, write_json

IMPORTANT = ("steps", "batch_size", "learning_rate", "rank", "seed", "use_although_unfit")
# The axis follows from the reward model.
LEFT_OUT = ("axis",)


class Settings(RefineSettings):
    """What a person chooses here: the settings of the command, and whether to overrule it."""

    use_although_unfit: bool = Field(
        default=False,
        description=(
            "Refine even by a reward model that is marked unfit: one that is not surely better "
            "than chance, or that repeats another axis. The run notes it."
        ),
    )
    is_guarded: bool = Field(
        default=True,
        description=(
            "Guard the other axes: their newest reward models on the same snapshot hold back "
            "pictures that become worse there than the base's. For refl and draft."
        ),
    )


_OVERRULES = "use_although_unfit"
_GUARDS = "is_guarded"
_GUARDABLE = ("refl", "draft")


def adapter_folder(refinement: Run) -> Path:
    return step_folder(refinement, "refine") / "adapter"


def checked_inputs(options: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The pictures for L_pre come from the reward model's own snapshot unless another is named."""
    axis = str(options["axis"])
    reward = succeeded_run(
        needed_id(inputs, "reward", _("a reward model of %(axis)s") % {"axis": axis}),
        RunKind.REWARD,
        axis,
    )
    if not options.get(_OVERRULES):
        _refuse_unfit(reward)
    known = {"snapshot": inputs.get("snapshot") or reward.inputs.get("snapshot")}
    snapshot = ready_snapshot(needed_id(known, "snapshot", _("a snapshot")))
    return {"reward": str(reward.pk), "snapshot": str(snapshot.pk)}


def prepare(run: Run) -> list[Step]:
    axis = run.options["axis"]
    reward = succeeded_run(UUID(run.inputs["reward"]), RunKind.REWARD, axis)
    if not run.options.get(_OVERRULES):
        _refuse_unfit(reward)
    snapshot = ready_snapshot(UUID(run.inputs["snapshot"]))
    configuration = run.folder / "settings.json"
    write_json(configuration, _of_the_command(run.options))
    force = ("--force",) if run.options.get(_OVERRULES) else ()
    arguments = (
        "musepainter.py", "refine",
        "--reward", str(reward_folder(reward)),
        "--snapshot", str(snapshot_folder(snapshot)),
        "--config", str(configuration),
        "-o", str(step_folder(run, "refine")),
        *(part for guard in _guards(run, reward) for part in ("--guard", str(guard))),
        *force,
    )  # fmt: skip
    return [Step("refine", gettext_noop("refining the painter"), arguments)]


def _refuse_unfit(reward: Run) -> None:
    """What the command would refuse as well, which names an option that nobody has here."""
    fitness = reward.results.get("fitness") or {}
    if reward.results and not fitness:
        raise Refused(
            _(
                "nothing says whether the reward model is fit; train it again, or change the "
                "settings of this refinement and tick “Use although unfit”"
            )
        )
    if fitness.get("verdict") == "unfit":
        raise Refused(
            _(
                "the reward model is unfit: %(reasons)s; gather more judgements, or change the "
                "settings of this refinement and tick “Use although unfit”"
            )
            % {"reasons": "; ".join(fitness["reasons"])}
        )


def _of_the_command(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in (_OVERRULES, _GUARDS)}


def _guards(run: Run, reward: Run) -> list[Path]:
    is_possible = run.options["objective"] in _GUARDABLE
    if not (is_possible and run.options.get(_GUARDS)):
        return []
    return models_beside(run.options["axis"], reward.inputs["snapshot"], guarding=reward)


def collect(run: Run) -> dict[str, Any]:
    facts = read_json(step_folder(run, "refine") / "run.json")
    results: dict[str, Any] = facts["results"]
    names = ("reward_weight", "adapter_sha256", "steps_taken", "saved_step")
    told = {name: facts[name] for name in names}
    if facts["stopped"]:
        told["stopped_because"] = facts["stopped"]["reason"]
    fitness = facts.get("reward_fitness") or {}
    return results | told | {"reward_model": fitness.get("verdict", "without a verdict")}
