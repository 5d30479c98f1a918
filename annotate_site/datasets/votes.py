"""From what an annotator saw to what a snapshot says: sides undone, the name gone."""

from __future__ import annotations

from typing import Literal, cast

from annotate_site.annotation.models import Judgement, Side, Verdict
from workbench.axes import Axis
from workbench.snapshots import Choice, Vote

_IMAGE_OF: dict[str, Literal["0", "1"]] = {Side.FIRST: "0", Side.SECOND: "1"}
_OTHER: dict[Literal["0", "1"], Literal["0", "1"]] = {"0": "1", "1": "0"}


def vote_of(judgement: Judgement) -> Vote:
    """The judgement as a row: image 0 is the comparison's first candidate, whatever lay left."""
    lease = judgement.lease
    comparison = lease.comparison
    left = _IMAGE_OF[lease.left]
    return Vote(
        judgement_id=str(judgement.id),
        comparison_id=str(comparison.id),
        comparison_kind=comparison.kind,
        clip_id=str(comparison.clip_id),
        image_0=str(comparison.first_id),
        image_1=str(comparison.second_id),
        annotator=str(lease.annotator.pseudonym),
        is_simulated=lease.annotator.is_simulated,
        annotator_weight=lease.annotator.weight,
        axis=cast(Axis, judgement.axis),
        choice=_choice(judgement.verdict, left),
        strength=judgement.strength,
        left_image=left,
        topic_position=judgement.topic_position,
        response_ms=judgement.response_ms,
        listened_share=judgement.listened_share,
        judged_at=judgement.created_at,
    )


def _choice(verdict: str, left: Literal["0", "1"]) -> Choice:
    choices: dict[str, Choice] = {
        Verdict.LEFT: left,
        Verdict.RIGHT: _OTHER[left],
        Verdict.TIE: "tie",
        Verdict.CANNOT_TELL: "cannot_tell",
    }
    return choices[verdict]
