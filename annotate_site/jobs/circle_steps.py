"""The eight steps of the circle: what each is for, how it stands, what comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate_site.jobs.circle_facts import CircleFacts
from annotate_site.jobs.models import Run, RunKind, RunState
from annotate_site.jobs.words import axis_words, result_in_words
from workbench.axes import AXES, Axis

ENOUGH_COMPARISONS = 60


class StepState(StrEnum):
    BLOCKED = "blocked"
    READY = "ready"
    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True)
class AxisPart:
    """One axis of a step that is done for each axis on its own."""

    axis: Axis
    name: str
    run: Run | None
    words: str
    can_launch: bool


@dataclass(frozen=True)
class CircleStep:
    """`words`: the last result, or what goes on. `needs`: what must come first when blocked."""

    key: str
    title: str
    purpose: str
    action: str
    kind: RunKind
    state: StepState
    words: str
    needs: str = ""
    run: Run | None = None
    parts: list[AxisPart] = field(default_factory=list)
    settings_query: str = ""
    """Fills in the launch form with what the one click would take."""
    other_key: str = ""
    other_action: str = ""
    """A second way to do the step, where there is one."""
    number: int = 0
    is_next: bool = False

    @property
    def can_launch(self) -> bool:
        if self.parts:
            return any(part.can_launch for part in self.parts)
        return self.state not in (StepState.BLOCKED, StepState.RUNNING)


def describe_step(facts: CircleFacts) -> CircleStep:
    latest = facts.newest(RunKind.DESCRIBE)
    is_current = (
        latest is not None
        and latest.state == RunState.SUCCEEDED
        and latest.created_at >= (facts.newest_clip_at or latest.created_at)
    )
    everything = ngettext(
        "%(done)s of %(all)s clip described", "%(done)s of %(all)s clips described", facts.n_clips
    ) % {"done": facts.n_described, "all": f"{facts.n_clips:,}"}
    return CircleStep(
        key="describe",
        title=_("Describe the music"),
        purpose=_("Key, tempo, metre and mood become a prompt for the painter."),
        action=_("Describe the clips"),
        kind=RunKind.DESCRIBE,
        state=_state(
            latest,
            is_done=is_current or 0 < facts.n_clips == facts.n_described,
            is_blocked=not facts.n_clips,
        ),
        words=everything if facts.n_clips else "",
        needs=_("Import clips first."),
        run=latest,
    )


def paint_step(facts: CircleFacts) -> CircleStep:
    latest = facts.newest(RunKind.PAINT)
    success = facts.newest_success(RunKind.PAINT)
    return CircleStep(
        key="paint",
        title=_("Paint candidates"),
        purpose=_("Every clip gets new pictures from the newest painter."),
        action=_("Paint candidates"),
        kind=RunKind.PAINT,
        state=_state(latest, is_done=success is not None, is_blocked=not facts.n_clips),
        words=result_in_words(success) if success else "",
        needs=_("Import clips first."),
        run=latest,
    )


def choose_step(facts: CircleFacts) -> CircleStep:
    latest = facts.newest(RunKind.SAMPLE)
    success = facts.newest_success(RunKind.SAMPLE)
    painted = facts.newest_success(RunKind.PAINT)
    return CircleStep(
        key="choose",
        title=_("Choose comparisons"),
        purpose=_("Clusters of music give triplets; their pairs wait for people."),
        action=_("Choose comparisons"),
        kind=RunKind.SAMPLE,
        state=_state(
            latest,
            is_done=_is_newer(success, painted),
            is_blocked=not facts.n_candidates,
        ),
        words=result_in_words(success) if success else "",
        needs=_("Paint candidates first."),
        run=latest,
    )


def judge_step(facts: CircleFacts) -> CircleStep:
    latest = facts.newest(RunKind.SIMULATE)
    waiting = facts.progress.slots - facts.progress.slots_done
    has_enough = facts.judged_since_sampling >= ENOUGH_COMPARISONS
    return CircleStep(
        key="judge",
        title=_("Judge"),
        purpose=_("People say which picture fits better, on three axes."),
        action=_("Simulate 300"),
        kind=RunKind.SIMULATE,
        state=_state(
            latest if waiting else None,
            is_done=has_enough or bool(facts.progress.slots_done and not waiting),
            is_blocked=not facts.progress.slots,
        ),
        words=_waiting_in_words(waiting) if facts.progress.slots else "",
        needs=_("Choose comparisons first."),
        run=latest,
    )


def _waiting_in_words(n: int) -> str:
    return ngettext(
        "%(n)s view of comparisons waiting", "%(n)s views of comparisons waiting", n
    ) % {"n": f"{n:,}"}


def snapshot_step(facts: CircleFacts) -> CircleStep:
    latest = facts.newest(RunKind.SNAPSHOT)
    success = facts.newest_success(RunKind.SNAPSHOT)
    human = sum(answers.human for answers in facts.progress.answers.values())
    simulated = sum(answers.simulated for answers in facts.progress.answers.values())
    has_both = bool(human and simulated)
    return CircleStep(
        key="snapshot",
        title=_("Take a snapshot"),
        purpose=_("The judgements so far, frozen as a dataset that never changes."),
        action=_("Snapshot simulated answers") if simulated and not human else _("Take a snapshot"),
        other_key="snapshot-with-simulated" if has_both else "",
        other_action=_("With %(n)s simulated") % {"n": f"{simulated:,}"} if has_both else "",
        kind=RunKind.SNAPSHOT,
        state=_state(
            latest,
            is_done=_is_newer(success, facts.newest_success(RunKind.SAMPLE)),
            is_blocked=not facts.progress.slots_done,
        ),
        words=result_in_words(success) if success else "",
        needs=_("Judge some comparisons first."),
        run=latest,
    )


def reward_step(facts: CircleFacts) -> CircleStep:
    snapshot_id = str(facts.snapshot.pk) if facts.snapshot else ""
    latest = {axis: _reward_on(facts, axis, snapshot_id) for axis in AXES}
    parts = [_part(axis, run, can_launch=bool(snapshot_id)) for axis, run in latest.items()]
    return CircleStep(
        key="reward",
        title=_("Learn what people prefer"),
        purpose=_("One reward model for each axis, learned from the snapshot."),
        action=_("Train all three"),
        kind=RunKind.REWARD,
        state=_state_of_all(
            list(latest.values()),
            is_done=all(run and run.state == RunState.SUCCEEDED for run in latest.values()),
            is_blocked=not snapshot_id,
        ),
        words="",
        needs=_("Take a snapshot first."),
        parts=parts,
    )


def refine_step(facts: CircleFacts) -> CircleStep:
    latest = {axis: facts.newest(RunKind.REFINE, axis) for axis in AXES}
    trained = {run.options["axis"] for run in facts.rewards}
    parts = [_part(axis, run, can_launch=axis in trained) for axis, run in latest.items()]
    return CircleStep(
        key="refine",
        title=_("Refine the painter"),
        purpose=_("An adapter for each axis, drawn towards what its reward model likes."),
        action=_("Refine all three"),
        kind=RunKind.REFINE,
        state=_state_of_all(
            list(latest.values()),
            is_done=any(facts.newest_success(RunKind.REFINE, axis) for axis in AXES),
            is_blocked=not trained,
        ),
        words="",
        needs=_("Train a reward model first."),
        parts=parts,
    )


def repaint_step(facts: CircleFacts) -> CircleStep:
    successes = {axis: facts.newest_success(RunKind.REFINE, axis) for axis in AXES}
    refined = {axis: run for axis, run in successes.items() if run}
    return CircleStep(
        key="repaint",
        title=_("Paint with the adapters"),
        purpose=_("New candidates from the refined painter begin the next round."),
        action=_("Begin round %(n)s") % {"n": facts.round_number + 1},
        kind=RunKind.PAINT,
        state=StepState.READY if refined else StepState.BLOCKED,
        words=_("adapters for %(axes)s are ready") % {"axes": ", ".join(refined)}
        if refined
        else "",
        needs=_("Refine the painter on at least one axis first."),
        settings_query=urlencode({f"adapter_{axis}": run.pk for axis, run in refined.items()}),
    )


def _state(latest: Run | None, *, is_done: bool, is_blocked: bool) -> StepState:
    return _state_of_all([latest], is_done=is_done, is_blocked=is_blocked)


def _state_of_all(latest: Sequence[Run | None], *, is_done: bool, is_blocked: bool) -> StepState:
    runs = [run for run in latest if run is not None]
    if any(not run.is_finished for run in runs):
        return StepState.RUNNING
    if any(run.state == RunState.FAILED for run in runs):
        return StepState.FAILED
    if is_done:
        return StepState.DONE
    return StepState.BLOCKED if is_blocked else StepState.READY


def _part(axis: Axis, run: Run | None, *, can_launch: bool) -> AxisPart:
    words = result_in_words(run) if run and run.state == RunState.SUCCEEDED else ""
    is_free = can_launch and (run is None or run.is_finished)
    return AxisPart(axis, axis_words(axis), run, words, is_free)


def _reward_on(facts: CircleFacts, axis: Axis, snapshot_id: str) -> Run | None:
    """The newest training of this round on the newest snapshot."""
    latest = facts.newest(RunKind.REWARD, axis)
    return latest if latest and latest.inputs.get("snapshot") == snapshot_id else None


def _is_newer(run: Run | None, other: Run | None) -> bool:
    return run is not None and (other is None or run.created_at > other.created_at)
