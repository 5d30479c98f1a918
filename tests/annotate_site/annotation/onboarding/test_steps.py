from __future__ import annotations

import pytest

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.models import Project, Purpose
from annotate_site.annotation.onboarding.steps import Step, next_step, onboarding_redirect, way_of
from annotate_site.annotation.services.documents import publish_document
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, GoldQuestionFactory

pytestmark = pytest.mark.django_db


def newcomer(**facts: object) -> Person:
    return PersonFactory(**{"standing": Standing.NEW} | facts)


def publish(*kinds: str) -> None:
    for kind in kinds:
        publish_document(kind=kind, texts={"en": "A text."}, by=None)


def everything() -> None:
    publish("consent", "instructions")
    GoldQuestionFactory(use=Purpose.PRACTICE)
    GoldQuestionFactory(use=Purpose.QUALIFICATION)


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({}, Step.CONSENT),
        ({"consent_version": 1}, Step.INSTRUCTIONS),
        ({"consent_version": 1, "instructions_version": 1}, Step.SOUND),
        (
            {"consent_version": 1, "instructions_version": 1, "volume_checked_at": NOON},
            Step.PRACTICE,
        ),
        ({"standing": Standing.FAILED}, Step.CLOSED),
        ({"standing": Standing.PAUSED}, Step.CLOSED),
        ({"is_simulated": True}, Step.DONE),
        # Who was here before goes on, once the consent is given.
        ({"standing": Standing.ACTIVE}, Step.CONSENT),
        ({"standing": Standing.ACTIVE, "consent_version": 1}, Step.DONE),
    ],
)
def test_next_step_is_read_off_the_data(facts, step):
    everything()
    assert next_step(newcomer(**facts)) == step


def test_next_step_leaves_out_what_the_project_does_not_have():
    person = newcomer()
    assert next_step(person) == Step.SOUND
    person.volume_checked_at = NOON
    assert next_step(person) == Step.DONE
    GoldQuestionFactory(use=Purpose.QUALIFICATION)
    assert next_step(person) == Step.TEST
    Project.objects.update_or_create(pk=1, defaults={"qualification_pairs": 0})
    assert next_step(person) == Step.DONE


def test_a_newer_text_is_asked_again_of_those_who_saw_the_older_one():
    everything()
    worker = newcomer(standing=Standing.ACTIVE, consent_version=1, instructions_version=1)
    old_hand = newcomer(standing=Standing.ACTIVE, consent_version=1)
    publish("instructions")
    assert (next_step(worker), next_step(old_hand)) == (Step.INSTRUCTIONS, Step.DONE)
    publish("consent")
    assert (next_step(worker), next_step(old_hand)) == (Step.CONSENT, Step.CONSENT)


def test_without_texts_nobody_who_is_active_is_held_up():
    assert onboarding_redirect(PersonFactory()) is None


def test_onboarding_redirect_leads_to_the_page_of_the_step():
    assert onboarding_redirect(newcomer()).url == "/welcome/sound/"
    assert onboarding_redirect(newcomer(volume_checked_at=NOON)).url == "/welcome/done/"
    assert onboarding_redirect(newcomer(standing=Standing.FAILED)).url == "/welcome/closed/"


def test_way_of_shows_the_steps_that_there_are():
    publish("consent")
    GoldQuestionFactory(use=Purpose.QUALIFICATION)
    person = newcomer(consent_version=1)
    assert way_of(person, Step.SOUND) == [
        ("Consent", "done"),
        ("Sound", "current"),
        ("Test", "coming"),
    ]
    assert way_of(PersonFactory(), Step.CONSENT) == []
