"""What the judging page shows for a lease, gathered in few queries."""

from __future__ import annotations

import math
from datetime import datetime
from typing import NamedTuple

from annotate_site.annotation.axes import Question, axes_asked, next_axis, questions_of
from annotate_site.annotation.models import Judgement, Lease, Project, Verdict
from annotate_site.annotation.selectors import (
    ShownComparison,
    shown_comparison,
)
from annotate_site.annotation.services import current_project
from annotate_site.catalog.models import Candidate


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

    @property
    def whole_s(self) -> int:
        return math.ceil(self.listen_s)


class Shown(NamedTuple):
    """A picture on its side."""

    side: str
    candidate: Candidate


class JudgePage(NamedTuple):
    shown: ShownComparison
    pictures: tuple[Shown, Shown]
    question: Question
    steps: list[Step]
    gate: Gate
    last: Judgement | None
    """What an undo would take back."""
    outline: str
    """The music's waveform as an SVG path; empty when it has not been measured."""
    caption: str
    """Empty when the project hides it."""


def judge_page(*, lease: Lease, now: datetime, last: Judgement | None) -> JudgePage:
    """The page of an unfinished lease; `last` is what an undo would take back."""
    axis = next_axis(lease)
    assert axis is not None, "a finished comparison is not shown"
    project = current_project()
    questions = questions_of(project)
    answers = {}
    if lease.answered:
        answers = {answer.axis: answer for answer in lease.judgements.filter(undone_at=None)}
    current = axes_asked(lease).index(axis)
    steps = [
        Step(questions[asked], _state(position, current), answers.get(asked))
        for position, asked in enumerate(axes_asked(lease))
    ]
    shown = shown_comparison(lease)
    clip = shown.lease.comparison.clip
    return JudgePage(
        shown,
        (Shown(Verdict.LEFT, shown.left), Shown(Verdict.RIGHT, shown.right)),
        questions[axis],
        steps,
        _gate(lease, project, now),
        last,
        outline(bytes(clip.waveform)),
        clip.caption if project.shows_caption else "",
    )


def outline(waveform: bytes) -> str:
    """Upright strokes about the middle of a box one unit wide for each bar and 100 high."""
    heights = [max(4, round(bar * 96 / 255)) for bar in waveform]
    return "".join(f"M{x}.5 {50 - height / 2:g}v{height}" for x, height in enumerate(heights))


def _state(position: int, current: int) -> str:
    if position == current:
        return "current"
    return "done" if position < current else "coming"


def _gate(lease: Lease, project: Project, now: datetime) -> Gate:
    if lease.answered:
        return Gate(0, 0)
    listen_s = min(project.listen_s, lease.comparison.clip.duration_s)
    if lease.is_ahead:
        return Gate(listen_s, listen_s)
    return Gate(listen_s, max(0.0, (lease.opens_at - now).total_seconds()))
