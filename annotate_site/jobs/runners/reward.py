"""Train a reward model on one axis of a snapshot (Eq. 9)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from annotate_site.datasets.services import snapshot_folder
from annotate_site.jobs.models import Run
from annotate_site.jobs.runners.inputs import needed_id, ready_snapshot
from annotate_site.jobs.runners.steps import Step, step_folder
from rlhf.settings import RewardSettings
from workbench.files import read_json, write_json

IMPORTANT = ("axis", "epochs", "hears", "learning_rate", "seed")
LEFT_OUT = ()

Settings = RewardSettings


def checked_inputs(options: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    snapshot = ready_snapshot(needed_id(inputs, "snapshot", "a snapshot"))
    return {"snapshot": str(snapshot.pk)}


def reward_folder(training: Run) -> Path:
    return step_folder(training, "train")


def prepare(run: Run) -> list[Step]:
    snapshot = ready_snapshot(UUID(run.inputs["snapshot"]))
    configuration = run.folder / "settings.json"
    write_json(configuration, run.options)
    arguments = (
        "musepainter.py", "reward", "train", str(snapshot_folder(snapshot)),
        "--config", str(configuration),
        "-o", str(reward_folder(run)),
    )  # fmt: skip
    return [Step("train", "learning what people prefer", arguments)]


def collect(run: Run) -> dict[str, Any]:
    results: dict[str, Any] = read_json(reward_folder(run) / "metrics.json")
    return results
