"""Where we are on the way round the circle: eight steps, each with its state in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from procrastinate.contrib.django.models import ProcrastinateWorker

from annotate_site.annotation.selectors import ProgressOverview
from annotate_site.catalog.models import Candidate
from annotate_site.catalog.selectors import real_candidates
from annotate_site.jobs import selectors
from annotate_site.jobs.circle_facts import circle_facts
from annotate_site.jobs.circle_steps import (
    CircleStep,
    StepState,
    choose_step,
    describe_step,
    judge_step,
    paint_step,
    refine_step,
    repaint_step,
    reward_step,
    snapshot_step,
)
from annotate_site.jobs.models import RunState

_SHOWN_PICTURES = 4
_HEARTBEAT_LASTS = timedelta(seconds=35)


@dataclass(frozen=True)
class Circle:
    round_number: int
    steps: list[CircleStep]
    next_step: CircleStep | None
    """Nothing is next while something runs."""
    running_step: CircleStep | None
    progress: ProgressOverview
    waiting: int
    pictures: list[Candidate]
    n_clips: int
    n_candidates: int
    is_running: bool
    lacks_worker: bool


def circle(now: datetime) -> Circle:
    """The picture of the current round."""
    facts = circle_facts()
    steps = [
        describe_step(facts),
        paint_step(facts),
        choose_step(facts),
        judge_step(facts),
        snapshot_step(facts),
        reward_step(facts),
        refine_step(facts),
        repaint_step(facts),
    ]
    running = next((step for step in steps if step.state == StepState.RUNNING), None)
    upcoming = None if running else _upcoming(steps)
    steps = [
        replace(step, number=number, is_next=step is upcoming)
        for number, step in enumerate(steps, start=1)
    ]
    unfinished = list(selectors.unfinished_runs().values_list("state", flat=True))
    return Circle(
        round_number=facts.round_number,
        steps=steps,
        next_step=next((step for step in steps if step.is_next), None),
        running_step=running,
        progress=facts.progress,
        waiting=facts.progress.slots - facts.progress.slots_done,
        pictures=_newest_pictures(),
        n_clips=facts.n_clips,
        n_candidates=facts.n_candidates,
        is_running=bool(unfinished),
        lacks_worker=RunState.QUEUED in unfinished and not _has_worker(now),
    )


def _upcoming(steps: Sequence[CircleStep]) -> CircleStep | None:
    """The first open step after the last one that is done: one that was left out may wait."""
    done = [place for place, step in enumerate(steps, start=1) if step.state == StepState.DONE]
    turn = done[-1] if done else 0
    return next(filter(_is_open, [*steps[turn:], *steps[:turn]]), None)


def _is_open(step: CircleStep) -> bool:
    return step.state in (StepState.READY, StepState.FAILED)


def _newest_pictures() -> list[Candidate]:
    newest = real_candidates().order_by("-painter__generation", "-created_at", "pk")
    return list(newest[:_SHOWN_PICTURES])


def _has_worker(now: datetime) -> bool:
    alive = ProcrastinateWorker.objects.filter(last_heartbeat__gt=now - _HEARTBEAT_LASTS)
    return bool(alive.exists())
