"""What the endpoints of the loop take and give, as pydantic models: checked and written in C."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from django.urls import reverse
from pydantic import BaseModel, ConfigDict, Field

from annotate_site.annotation.axes import axes_asked, next_axis, questions_of
from annotate_site.annotation.selectors import ShownComparison
from annotate_site.annotation.services import Answer, Submission, Submissions, current_project
from annotate_site.annotation.services.judgements import MOST_RESPONSE_MS
from workbench.axes import Axis

Verdict = Literal["left", "right", "tie", "cannot_tell"]


class Nothing(BaseModel):
    """A body that may be left out: the server knows who asks."""

    model_config = ConfigDict(extra="forbid")


class JudgementInput(BaseModel):
    """One answer. Who gives it, about which pictures, follows from the token and the lease."""

    model_config = ConfigDict(extra="forbid", strict=True)

    verdict: Verdict
    strength: Annotated[int, Field(ge=1, le=2)] | None = Field(
        default=None, description="1: better, 2: much better; with left and right only."
    )
    response_ms: Annotated[int, Field(ge=0, le=MOST_RESPONSE_MS)] | None = None
    listened_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None


class AxisJudgementInput(JudgementInput):
    axis: Axis

    def answer(self) -> Answer:
        return Answer(self.axis, self.verdict, self.strength, self.response_ms, self.listened_share)


class JudgementsInput(BaseModel):
    """The answers to a whole comparison, or to those axes of it that come next."""

    model_config = ConfigDict(extra="forbid", strict=True)

    judgements: Annotated[list[AxisJudgementInput], Field(min_length=1, max_length=3)]


class QuestionMessage(BaseModel):
    axis: Axis
    text: str
    definition: str
    example: str


class LeaseMessage(BaseModel):
    """What an annotator sees: a clip, two pictures on their sides, what to answer next."""

    id: UUID
    clip_title: str
    caption: str = Field(description="Empty where the project does not show it.")
    duration_s: float
    gain_db: float = Field(description="What playback adds, so that all clips are equally loud.")
    audio_url: str
    left_url: str
    right_url: str
    left_is_sensitive: bool
    right_is_sensitive: bool
    questions: list[QuestionMessage]
    next_axis: Axis | None
    opens_at: datetime = Field(description="No answer is accepted earlier.")
    expires_at: datetime


class JudgementMessage(BaseModel):
    axis: Axis
    verdict: Verdict
    next_axis: Axis | None
    is_complete: bool


class StoredJudgement(BaseModel):
    axis: Axis
    verdict: Verdict


class JudgementsMessage(BaseModel):
    judgements: list[StoredJudgement]
    next_axis: Axis | None
    is_complete: bool
    next: LeaseMessage | None = Field(
        default=None, description="With `?next=1`: the next comparison; null when there is none."
    )
    why_none: str = Field(
        default="", description="One sentence, where the next comparison is refused."
    )


class _Place(NamedTuple):
    before: str
    after: str


@lru_cache(maxsize=4)
def _place(name: str) -> _Place:
    """What stands around the id in an address; looked up once, because it is asked so often."""
    nil = UUID(int=0)
    return _Place(*reverse(name, args=[nil]).split(str(nil)))


def _url(name: str, key: UUID) -> str:
    place = _place(name)
    return f"{place.before}{key}{place.after}"


def lease_message(shown: ShownComparison) -> LeaseMessage:
    lease, clip, project = shown.lease, shown.lease.comparison.clip, current_project()
    questions = questions_of(project)
    return LeaseMessage(
        id=lease.pk,
        clip_title=clip.title,
        caption=clip.caption if project.shows_caption else "",
        duration_s=clip.duration_s,
        gain_db=clip.gain_db,
        audio_url=_url("catalog:audio", clip.pk),
        left_url=_url("catalog:image", shown.left.pk),
        right_url=_url("catalog:image", shown.right.pk),
        left_is_sensitive=shown.left.is_sensitive,
        right_is_sensitive=shown.right.is_sensitive,
        questions=[
            QuestionMessage(
                axis=axis,
                text=questions[axis].text,
                definition=str(questions[axis].definition),
                example=str(questions[axis].example),
            )
            for axis in axes_asked(lease)
        ],
        next_axis=next_axis(lease),
        opens_at=lease.opens_at,
        expires_at=lease.expires_at,
    )


def judgement_message(submission: Submission) -> JudgementMessage:
    return JudgementMessage(
        axis=submission.judgement.axis,
        verdict=submission.judgement.verdict,
        next_axis=submission.next_axis,
        is_complete=submission.next_axis is None,
    )


def judgements_message(stored: Submissions) -> JudgementsMessage:
    return JudgementsMessage(
        judgements=[
            StoredJudgement(axis=judgement.axis, verdict=judgement.verdict)
            for judgement in stored.judgements
        ],
        next_axis=next_axis(stored.lease),
        is_complete=next_axis(stored.lease) is None,
    )
