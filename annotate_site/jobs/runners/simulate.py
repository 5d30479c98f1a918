"""Let simulated annotators answer, as a run that can be watched and cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field

from annotate_site.jobs.models import Run
from annotate_site.jobs.runners.steps import Step, step_folder
from workbench.files import read_json

IMPORTANT = ("judgements", "annotators", "seed")
LEFT_OUT = ()


class SimulateOptions(BaseModel):
    """How many simulated answers, by how many simulated accounts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    judgements: int = Field(
        default=300,
        ge=1,
        le=1_000_000,
        description="Answers to store at most; a comparison judged on all three axes gives three.",
    )
    annotators: int = Field(
        default=12, ge=1, le=99, description="Simulated accounts, which take turns."
    )
    seed: int = Field(default=0, ge=0, lt=2**31, description="Seed of tastes and of slips.")


Settings = SimulateOptions


def checked_inputs(options: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def prepare(run: Run) -> list[Step]:
    arguments = [f"--{name}={run.options[name]}" for name in SimulateOptions.model_fields]
    folder = step_folder(run, "simulate")
    command = ("manage.py", "simulate", *arguments, "--run-folder", str(folder))
    return [Step("simulate", gettext_noop("simulated annotators are answering"), command)]


def collect(run: Run) -> dict[str, Any]:
    facts = read_json(step_folder(run, "simulate") / "run.json")
    return {name: facts[name] for name in ("stored", "complete_comparisons", "ended_because")}
