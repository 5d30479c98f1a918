"""Train a reward model on one axis of a snapshot (Eq. 9)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotate_site.core.exceptions import Refused
from annotate_site.datasets.models import Snapshot
from annotate_site.datasets.services import snapshot_folder
from annotate_site.jobs.models import Run, RunKind
from annotate_site.jobs.runners.inputs import needed_id, ready_snapshot
from annotate_site.jobs.runners.steps import Step, step_folder
from annotate_site.jobs.selectors import succeeded
from rlhf.reward_settings import RewardSettings
from workbench.files import read_json, write_json

IMPORTANT = ("axis", "epochs", "hears", "learning_rate", "seed")
LEFT_OUT = ()

_FEWEST_SPLITS = 2  # Something to learn from, something held out.

Settings = RewardSettings


def checked_inputs(options: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    snapshot = ready_snapshot(needed_id(inputs, "snapshot", _("a snapshot")))
    _refuse_too_few_clips(snapshot, options["axis"])
    return {"snapshot": str(snapshot.pk)}


def _refuse_too_few_clips(snapshot: Snapshot, axis: str) -> None:
    """Say before the launch what the training would refuse after half a minute."""
    pairs = snapshot.counts.get("axes", {}).get(axis, {}).get("pairs", {})
    if pairs and sum(count > 0 for count in pairs.values()) < _FEWEST_SPLITS:
        raise Refused(
            _(
                "%(snapshot)s has %(axis)s judgements of too few clips to hold any out; judge more "
                "clips, or take a snapshot with the simulated answers"
            )
            % {"snapshot": snapshot, "axis": axis}
        )


def reward_folder(training: Run) -> Path:
    return step_folder(training, "train")


def prepare(run: Run) -> list[Step]:
    snapshot = ready_snapshot(UUID(run.inputs["snapshot"]))
    beside = models_beside(run.options["axis"], run.inputs["snapshot"])
    configuration = run.folder / "settings.json"
    write_json(configuration, run.options)
    arguments = (
        "musepainter.py", "reward", "train", str(snapshot_folder(snapshot)),
        "--config", str(configuration),
        "-o", str(reward_folder(run)),
        *(part for folder in beside for part in ("--beside", str(folder))),
    )  # fmt: skip
    return [Step("train", gettext_noop("learning what people prefer"), arguments)]


def models_beside(axis: str, snapshot: str, *, guarding: Run | None = None) -> list[Path]:
    """The newest finished models of the other axes that learned from the same snapshot.

    guarding: a reward run by whose towers they have to see.
    """
    newest: dict[str, Run] = {}
    for other in succeeded(kind=RunKind.REWARD).filter(inputs__snapshot=snapshot):
        if guarding and not _sees_alike(guarding, other):
            continue
        newest.setdefault(other.options["axis"], other)
    newest.pop(axis, None)
    there = [reward_folder(newest[name]) for name in sorted(newest)]
    return [folder for folder in there if folder.is_dir()]


def _sees_alike(one: Run, other: Run) -> bool:
    """Runs of before they had a choice have none of these options."""
    towers = [(run.options.get("backbone") or "", run.options.get("precision", "fp32"))
              for run in (one, other)]  # fmt: skip
    are_frozen = all(run.options.get("unfrozen", "none") == "none" for run in (one, other))
    return are_frozen and towers[0] == towers[1]


def collect(run: Run) -> dict[str, Any]:
    results: dict[str, Any] = read_json(reward_folder(run) / "metrics.json")
    return results
