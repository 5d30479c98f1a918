"""Every page that the URLconf knows is looked at, in German, in both themes and sizes.

German words are longer than English ones: what fits here fits there. A new URL has to be visited
by a test of this file, or to be in `NO_PAGE` with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotate_site.accounts.models import Person, Role, Standing
from annotate_site.accounts.services import create_invitation
from annotate_site.annotation.models import Comparison, Purpose, Side
from annotate_site.annotation.onboarding.steps import Step, next_step
from annotate_site.annotation.services.documents import publish_default_documents
from annotate_site.annotation.services.onboarding import (
    agree,
    note_instructions_read,
    note_volume_checked,
)
from annotate_site.annotation.services.training import submit_training, training_lease
from annotate_site.jobs.models import RunKind
from tests.e2e.axe import violations
from tests.e2e.contents import filled, launched, trained
from tests.e2e.signing_in import sign_in_as
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import ComparisonFactory, GoldQuestionFactory
from tests.factories.datasets import SnapshotFactory

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
]

_CHANGES = "only takes changes, by POST"
_FILE = "a file"
NO_PAGE = {
    "home": "leads on to the first page of the role",
    "language": _CHANGES,
    "accounts:sign_out": _CHANGES,
    "accounts:revoke_token": _CHANGES,
    "annotation:ahead": "a part of the judging page, fetched by its script",
    "annotation:answer": _CHANGES,
    "annotation:strength": _CHANGES,
    "annotation:undo": _CHANGES,
    "annotation:onboarding_tone": _FILE,
    "annotation:own_export": _FILE,
    "catalog:audio": _FILE,
    "catalog:image": _FILE,
    "datasets:snapshot_zip": _FILE,
    "jobs:artifact": _FILE,
    "jobs:launch_step": _CHANGES,
    "jobs:cancel": _CHANGES,
    "jobs:again": _CHANGES,
    "jobs:refer_disagreement": _CHANGES,
    "quality:review_skips": _CHANGES,
    "quality:change_gold": _CHANGES,
    "quality:change_person": _CHANGES,
    "quality:revoke_invitation": _CHANGES,
    "quality:change_cohort": _CHANGES,
    "quality:preview_text": _CHANGES,
}
STRANGER = {"accounts:sign_in", "accounts:join", "annotation:goodbye"}
NEWCOMER = {
    f"annotation:onboarding_{page}"
    for page in (
        *("consent", "instructions", "sound", "practice", "feedback", "test", "done", "closed"),
    )
}
OWN = {
    "annotation:judge": (),
    "annotation:skip": (),
    "annotation:own_work": (),
    "annotation:delete_account": (),
    "accounts:change_password": (),
    "accounts:tokens": (),
    "catalog:credits": (),
}
PROJECT = {
    "quality:overview",
    "quality:quality",
    "quality:disagreements",
    "quality:settle",
    "quality:skipped",
    "quality:gold",
    "quality:create_gold",
    "quality:people",
    "quality:person",
    "quality:invitations",
    "quality:cohorts",
    "quality:texts",
    "quality:edit_text",
    "quality:text_version",
    "quality:settings",
    "quality:log",
}
MAKING = {
    "catalog:clips",
    "catalog:clip",
    "catalog:upload",
    "datasets:snapshots",
    "datasets:snapshot",
    "jobs:circle",
    "jobs:runs",
    "jobs:run",
    "jobs:compare",
    "jobs:launch",
}


def patterns(resolver: URLResolver, above: str = "") -> Iterator[str]:
    """The names of all URLs but the API's, which are for programs."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{above}{entry.name}"
        elif entry.namespace != "api":
            yield from patterns(entry, f"{entry.namespace}:" if entry.namespace else above)


def test_every_url_is_visited_or_has_a_reason_not_to_be() -> None:
    visited = {*STRANGER, *NEWCOMER, *OWN, *PROJECT, *MAKING}
    assert visited & NO_PAGE.keys() == set()
    assert set(patterns(get_resolver())) == visited | NO_PAGE.keys()


def test_what_only_takes_changes_answers_no_get() -> None:
    client = Client()
    client.force_login(PersonFactory(role=Role.ADMIN))
    args = {
        "accounts:revoke_token": ["x"],
        "jobs:launch_step": ["paint"],
        "quality:change_person": [1],
        "quality:revoke_invitation": [1],
        "quality:change_cohort": [1],
    }
    some_id = ["00000000-0000-0000-0000-000000000000"]
    for name in ("jobs:cancel", "jobs:again", "quality:review_skips", "quality:change_gold"):
        args[name] = some_id
    args["jobs:refer_disagreement"] = some_id * 2
    names = [name for name, reason in NO_PAGE.items() if reason == _CHANGES]
    answers = {name: client.get(reverse(name, args=args.get(name))).status_code for name in names}
    assert answers == dict.fromkeys(names, 405)


def look(page: Page, name: str, *args: object, query: str = "") -> dict[str, list[str]]:
    """What is wrong with the page of that name, which must be reached and not lead elsewhere."""
    address = reverse(name, args=args)
    page.goto(address + query)
    assert page.url.partition("?")[0].endswith(address), f"{name} leads to {page.url}"
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    return {name: violations(page)}


def assert_nothing(found: dict[str, list[str]]) -> None:
    assert "\n".join(f"{name}: {what}" for name in found for what in found[name]) == ""


def test_a_stranger_sees_nothing_that_is_hard_to_use(new_page, expected_problem):
    expected_problem += ["410"]
    made = create_invitation(
        by=PersonFactory(role=Role.MANAGER), role=Role.ANNOTATOR, now=timezone.now()
    )
    page = new_page(locale="de-DE")

    found = look(page, "accounts:sign_in")
    found |= look(page, "accounts:join", made.token)
    found["closed"] = look(page, "accounts:join", "unknown")["accounts:join"]
    found |= look(page, "annotation:goodbye")

    assert_nothing(found)
    assert {*found} - {"closed"} == STRANGER


def test_a_newcomer_sees_nothing_that_is_hard_to_use(new_page):
    publish_default_documents()
    GoldQuestionFactory(use=Purpose.PRACTICE)
    GoldQuestionFactory(use=Purpose.QUALIFICATION)
    person = PersonFactory(standing=Standing.NEW, language="de")
    page = new_page()
    sign_in_as(page, person)

    found = look(page, "annotation:onboarding_consent")
    agree(person=person, version=1, now=timezone.now())
    found |= look(page, "annotation:onboarding_instructions")
    note_instructions_read(person=person, version=1)
    found |= look(page, "annotation:onboarding_sound")
    note_volume_checked(person=person, now=timezone.now())
    found |= look(page, "annotation:onboarding_practice")
    judgement_id = answer_all(person, Purpose.PRACTICE)
    found |= look(page, "annotation:onboarding_feedback", judgement_id)
    found |= look(page, "annotation:onboarding_test")
    answer_all(person, Purpose.QUALIFICATION)
    assert next_step(person) == Step.DONE
    found |= look(page, "annotation:onboarding_done")
    for standing in (Standing.PAUSED, Standing.FAILED):
        Person.objects.filter(pk=person.pk).update(standing=standing)
        found[standing] = look(page, "annotation:onboarding_closed")["annotation:onboarding_closed"]

    assert_nothing(found)
    assert {*found} - {*Standing} == NEWCOMER - {"annotation:onboarding_closed"}


def answer_all(person: Person, purpose: Purpose) -> object:
    """Answer the one training pair; the last answer's id."""
    later = timezone.now() + timedelta(minutes=1)
    lease = training_lease(annotator=person, purpose=purpose, now=timezone.now())
    assert lease is not None
    judgement, right = None, "left" if lease.left == Side.FIRST else "right"
    for axis in lease.axes:
        judgement = submit_training(
            annotator=person, lease_id=lease.pk, axis=axis, verdict=right, now=later
        )
    return judgement and judgement.pk


def test_own_pages_have_nothing_that_is_hard_to_use(new_page):
    ComparisonFactory(overlap=1)
    publish_default_documents()
    person = PersonFactory(role=Role.RESEARCHER, language="de", consent_version=1)
    page = new_page()
    sign_in_as(page, person)

    assert_nothing({k: v for name in OWN for k, v in look(page, name).items()})


def test_the_project_has_nothing_that_is_hard_to_use(new_page):
    alike = filled()
    disputed = Comparison.objects.get(gold__isnull=False)
    lefty = Person.objects.get(username="lefty")
    args = {
        "quality:settle": (disputed.pk,),
        "quality:create_gold": (alike.pk,),
        "quality:person": (lefty.pk,),
        "quality:edit_text": ("consent",),
        "quality:text_version": ("consent", 1),
    }
    page = new_page()
    sign_in_as(page, PersonFactory(role=Role.ADMIN, language="de"))

    found = {}
    for name in sorted(PROJECT):
        found |= look(page, name, *args.get(name, ()))

    assert_nothing(found)


def test_the_pages_of_making_have_nothing_that_is_hard_to_use(new_page):
    runs = [trained(1), trained(2)]
    others = launched()
    snapshot = SnapshotFactory()
    args = {
        "catalog:clip": (ComparisonFactory(overlap=1).clip_id,),
        "datasets:snapshot": (snapshot.name, snapshot.version),
        "jobs:run": (runs[0].pk,),
    }
    query = {"jobs:compare": f"?run={runs[0].pk}&run={runs[1].pk}"}
    page = new_page()
    sign_in_as(page, PersonFactory(role=Role.ADMIN, language="de"))

    found = {}
    for name in sorted(MAKING - {"jobs:launch"}):
        found |= look(page, name, *args.get(name, ()), query=query.get(name, ""))
    for run in others:
        found[run.state] = look(page, "jobs:run", run.pk)["jobs:run"]
    for kind in RunKind:
        found[kind] = look(page, "jobs:launch", kind.value)["jobs:launch"]

    assert_nothing(found)
