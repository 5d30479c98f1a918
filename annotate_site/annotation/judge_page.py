"""What the judging page shows for a lease, gathered in few queries."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from annotate_site.accounts.models import Person
from annotate_site.annotation.axes import QUESTIONS, Question, axes_asked, next_axis
from annotate_site.annotation.models import Judgement, Lease
from annotate_site.annotation.selectors import (
    ShownComparison,
    last_answer,
    shown_comparison,
)


class Step(NamedTuple):
    question: Question
    state: str
    """done, current or coming."""
    answer: Judgement | None


class Gate(NamedTuple):
    """Whether an answer is accepted yet: seconds, 0 once the first axis has an answer."""

    listen_s: float
    """How much of the clip to hear."""
    wait_s: float
    """Until the server accepts an answer."""


class JudgePage(NamedTuple):
    shown: ShownComparison
    question: Question
    steps: list[Step]
    gate: Gate
    last: Judgement | None
    """What an undo would take back."""


def judge_page(*, lease: Lease, annotator: Person, now: datetime) -> JudgePage:
    """The page of an unfinished lease."""
    axis = next_axis(lease)
    assert axis is not None, "a finished comparison is not shown"
    answers = {answer.axis: answer for answer in lease.judgements.filter(undone_at=None)}
    current = axes_asked(lease).index(axis)
    steps = [
        Step(QUESTIONS[asked], _state(position, current), answers.get(asked))
        for position, asked in enumerate(axes_asked(lease))
    ]
    last = last_answer(annotator)
    return JudgePage(shown_comparison(lease), QUESTIONS[axis], steps, _gate(lease, now), last)


def _state(position: int, current: int) -> str:
    if position == current:
        return "current"
    return "done" if position < current else "coming"


def _gate(lease: Lease, now: datetime) -> Gate:
    if lease.answered:
        return Gate(0, 0)
    return Gate(
        (lease.opens_at - lease.created_at).total_seconds(),
        max(0.0, (lease.opens_at - now).total_seconds()),
    )
