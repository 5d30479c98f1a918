"""Take a snapshot: judgements as an immutable dataset, written by `manage.py build_snapshot`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field

from annotate_site.core.exceptions import Refused
from annotate_site.datasets.models import Snapshot
from annotate_site.datasets.services import open_snapshot
from annotate_site.jobs.models import Run
from annotate_site.jobs.runners.inputs import ready_snapshot
from annotate_site.jobs.runners.steps import Step

IMPORTANT = ("name", "include_simulated", "seed")
LEFT_OUT = ()


class SnapshotOptions(BaseModel):
    """What a person chooses before a snapshot is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        default="preferences",
        pattern=r"^[-a-zA-Z0-9_]{1,60}$",
        description="Letters, digits, - and _. A known name gets its next version.",
    )
    include_simulated: bool = Field(
        default=False, description="Take in simulated annotators' judgements too, marked as such."
    )
    seed: int = Field(default=0, ge=0, lt=2**31, description="Seed of the split by clip.")


Settings = SnapshotOptions


def checked_inputs(options: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def prepare(run: Run) -> list[Step]:
    snapshot = open_snapshot(
        name=run.options["name"],
        made_by=run.launched_by,
        include_simulated=run.options["include_simulated"],
        seed=run.options["seed"],
    )
    run.results = {"snapshot": str(snapshot.pk)}
    run.save(update_fields=["results"])
    arguments = ("manage.py", "build_snapshot", str(snapshot.pk))
    return [Step("snapshot", gettext_noop("writing the snapshot"), arguments)]


def collect(run: Run) -> dict[str, Any]:
    snapshot = ready_snapshot(Snapshot.objects.get(pk=run.results["snapshot"]).pk)
    if not snapshot.sha256:
        raise Refused(_("%(snapshot)s has no hash; see the log") % {"snapshot": snapshot})
    return {
        "snapshot": str(snapshot.pk),
        "name": str(snapshot),
        "sha256": snapshot.sha256,
        "counts": snapshot.counts,
    }
