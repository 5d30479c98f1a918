"""Where a person stands on the way in: read off the data, so that nothing has to be remembered."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.models import DocumentKind, Purpose
from annotate_site.annotation.services.project import current_project, current_text_versions
from annotate_site.annotation.services.training import TrainingProgress, training_progress


class Step(StrEnum):
    """The steps in order; `DONE` and `CLOSED` are where the way ends."""

    CONSENT = "consent"
    INSTRUCTIONS = "instructions"
    SOUND = "sound"
    PRACTICE = "practice"
    TEST = "test"
    DONE = "done"
    CLOSED = "closed"
    """The test was not passed, or a manager paused this person."""


LABELS = {
    Step.CONSENT: _("Consent"),
    Step.INSTRUCTIONS: _("Instructions"),
    Step.SOUND: _("Sound"),
    Step.PRACTICE: _("Practice"),
    Step.TEST: _("Test"),
}
_PURPOSES = {Step.PRACTICE: Purpose.PRACTICE, Step.TEST: Purpose.QUALIFICATION}


class Position(NamedTuple):
    """A step of the way as the pages show it."""

    label: str
    state: str
    """done, current or coming."""


def next_step(person: Person) -> Step:
    """What this person has to do before the next comparison."""
    if person.is_simulated:
        return Step.DONE
    if person.standing in {Standing.FAILED, Standing.PAUSED}:
        return Step.CLOSED
    if step := _text_to_read(person):
        return step
    if person.standing != Standing.NEW:
        return Step.DONE
    if person.volume_checked_at is None:
        return Step.SOUND
    return next((step for step in _PURPOSES if not training(person, step).is_complete), Step.DONE)


def training(person: Person, step: Step) -> TrainingProgress:
    """How far the person has come with practice or the test."""
    return training_progress(person=person, purpose=_PURPOSES[step], project=current_project())


def way_of(person: Person, current: Step) -> list[Position]:
    """All steps of a newcomer's way; steps that the project does not have are left out."""
    if person.standing != Standing.NEW:
        return []
    versions = current_text_versions()
    exists = {
        Step.CONSENT: versions[DocumentKind.CONSENT] > 0,
        Step.INSTRUCTIONS: versions[DocumentKind.INSTRUCTIONS] > 0,
        Step.SOUND: True,
        Step.PRACTICE: training(person, Step.PRACTICE).due > 0,
        Step.TEST: training(person, Step.TEST).due > 0,
    }
    steps = [step for step in LABELS if exists[step]]
    place = steps.index(current) if current in steps else len(steps)
    states = ["done" if i < place else "current" if i == place else "coming" for i in range(99)]
    return [Position(str(LABELS[s]), state) for s, state in zip(steps, states, strict=False)]


def onboarding_redirect(person: Person) -> HttpResponse | None:
    """To the page of the person's next step; None for those who may judge."""
    step = step_before_work(person)
    return None if step is None else redirect(f"annotation:{page_of(step)}")


def step_before_work(person: Person) -> Step | None:
    """What lies between this person and the next comparison; None for those who may judge."""
    step = next_step(person)
    # Done, and still new: the page of the last step settles it.
    return None if step == Step.DONE and person.standing != Standing.NEW else step


def page_of(step: Step) -> str:
    return f"onboarding_{step.value}"


def _text_to_read(person: Person) -> Step | None:
    """A newer consent is asked of everybody; newer instructions, of those who read older ones."""
    versions = current_text_versions()
    if (person.consent_version or 0) < versions[DocumentKind.CONSENT]:
        return Step.CONSENT
    has_read_some = person.instructions_version is not None
    if (person.standing == Standing.NEW or has_read_some) and (
        (person.instructions_version or 0) < versions[DocumentKind.INSTRUCTIONS]
    ):
        return Step.INSTRUCTIONS
    return None
