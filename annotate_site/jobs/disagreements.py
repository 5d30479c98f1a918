"""Comparisons on which a reward model and the people disagree most, with what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy

from annotate_site.annotation.models import Adjudication, Comparison
from annotate_site.catalog.models import Candidate, Clip
from annotate_site.jobs.models import Run, RunKind, RunState
from annotate_site.jobs.runners.reward import reward_folder
from annotate_site.quality.models import Referral
from workbench.errors import BadInput
from workbench.files import read_json

DISAGREEMENTS = "disagreements.json"

_MOST = 12
_KINDS = {
    "orig/pos": gettext_lazy("the original against the positive"),
    "orig/neg": gettext_lazy("the original against the negative"),
    "pos/neg": gettext_lazy("the positive against the negative"),
}


@dataclass(frozen=True)
class ShownDisagreement:
    """One comparison; `chosen` is the picture that people preferred and the model did not."""

    comparison: Comparison | None
    """None where the catalogue holds its pictures, but not the comparison."""
    clip: Clip
    chosen: Candidate
    rejected: Candidate
    n_votes: int
    voted: float
    """Share of the votes for `chosen`."""
    predicted: float
    """The share that the model expects for it."""
    kind: str
    is_referred: bool
    """Whether it waits among the disagreements, on the run's axis, or was settled there."""
    is_settled: bool


def disagreements_of(run: Run) -> list[ShownDisagreement]:
    """The strongest of a finished reward run; none for other runs and for runs of before.

    What the catalogue does not hold (the snapshot may come from elsewhere) is left out.
    """
    if run.kind != RunKind.REWARD or run.state != RunState.SUCCEEDED:
        return []
    told = _told(run)
    comparisons = Comparison.objects.in_bulk(_ids(told, "comparison_id"))
    asked = {"comparison__in": comparisons, "axis": run.options["axis"]}
    referred, settled = (
        set(model.objects.filter(**asked).values_list("comparison_id", flat=True))
        for model in (Referral, Adjudication)
    )
    clips = Clip.objects.in_bulk(_ids(told, "clip_id"))
    candidates = Candidate.objects.in_bulk(_ids(told, "chosen") | _ids(told, "rejected"))
    found = []
    for row in told:
        clip = clips.get(_id(row["clip_id"]))
        chosen, rejected = (candidates.get(_id(row[side])) for side in ("chosen", "rejected"))
        if not (clip and chosen and rejected):
            continue
        comparison_id = _id(row["comparison_id"])
        found.append(
            ShownDisagreement(
                comparison=comparisons.get(comparison_id),
                clip=clip,
                chosen=chosen,
                rejected=rejected,
                n_votes=row["n_votes"],
                voted=row["voted"],
                predicted=row["predicted"],
                kind=str(_KINDS.get(row["kind"], row["kind"])),
                is_referred=comparison_id in referred,
                is_settled=comparison_id in settled,
            )
        )
    return found[:_MOST]


def _told(run: Run) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = read_json(reward_folder(run) / DISAGREEMENTS)["disagreements"]
    except BadInput:
        return []
    return rows


def _ids(rows: list[dict[str, Any]], name: str) -> set[UUID]:
    return {found for row in rows if (found := _id(row[name]))}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
