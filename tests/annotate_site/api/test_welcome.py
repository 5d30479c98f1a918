"""Whoever has not come in yet gets no work through the API either, and is told the way."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.models import Judgement, Lease
from annotate_site.annotation.services import current_project, forget_project, next_lease
from annotate_site.annotation.services.documents import publish_document
from tests.annotate_site.annotation.services.projects import project_with
from tests.annotate_site.api.callers import token_of, with_token
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import comparisons_of_one_clip

pytestmark = pytest.mark.django_db

CONSENT = (
    "first agree to the newest version of the consent, in a browser: "
    "http://testserver/welcome/consent/"
)


def publish(*kinds: str) -> None:
    for kind in kinds:
        publish_document(kind=kind, texts={"en": "A text."}, by=None)


def lease_of(person: Person) -> Lease:
    """Something to answer, taken while that was still allowed."""
    comparisons_of_one_clip(3, overlap=1)
    early = timezone.now() - timedelta(minutes=5)
    return next_lease(annotator=person, now=early)


def calls(person: Person, lease: Lease) -> dict[str, HttpResponse]:
    """Every endpoint of the loop, asked once."""
    client, base = with_token(token_of(person)), f"/api/v1/leases/{lease.pk}/judgements"

    def put(path: str, body: dict[str, Any]) -> HttpResponse:
        return client.put(path, json.dumps(body), content_type="application/json")

    answers = [{"axis": axis, "verdict": "tie"} for axis in ("emo", "con", "cre")]
    return {
        "lease": client.post("/api/v1/leases", content_type="application/json"),
        "one": put(f"{base}/emo", {"verdict": "left"}),
        "all": put(f"{base}?next=1", {"judgements": answers}),
    }


@pytest.mark.parametrize("consent_version", [None, 1])
def test_no_endpoint_of_the_loop_works_without_the_newest_consent(
    consent_version: int | None,
) -> None:
    person = PersonFactory(consent_version=consent_version)
    lease = lease_of(person)
    publish("consent", "consent")

    answers = calls(person, lease)

    told = {name: (answer.status_code, answer.json()) for name, answer in answers.items()}
    assert told == dict.fromkeys(("lease", "one", "all"), (403, {"detail": CONSENT}))
    assert (Lease.objects.count(), Judgement.objects.count()) == (1, 0)


def test_consent_given_opens_every_endpoint() -> None:
    person = PersonFactory(consent_version=2)
    lease = lease_of(person)
    publish("consent", "consent")
    codes = [answer.status_code for answer in calls(person, lease).values()]
    assert codes == [200, 200, 409]  # The last contradicts the answer before it.


@pytest.mark.parametrize(
    ("facts", "sentence", "page"),
    [
        ({}, "agree to the newest version of the consent", "consent"),
        ({"consent_version": 1}, "read the newest version of the instructions", "instructions"),
        ({"consent_version": 1, "instructions_version": 1}, "check your sound", "sound"),
        (
            {
                "consent_version": 1,
                "instructions_version": 1,
                "volume_checked_at": timezone.now(),
            },
            "open the end of your way in",
            "done",
        ),
    ],
)
def test_newcomers_are_told_their_next_step(
    facts: dict[str, Any], sentence: str, page: str
) -> None:
    publish("consent", "instructions")
    client = with_token(token_of(PersonFactory(standing=Standing.NEW, **facts)))
    answer = client.post("/api/v1/leases", content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        f"first {sentence}, in a browser: http://testserver/welcome/{page}/",
    )
    assert Lease.objects.count() == 0


def test_programs_are_asked_for_no_consent() -> None:
    publish("consent")
    client = with_token(token_of(PersonFactory(is_simulated=True)))
    assert client.post("/api/v1/leases", content_type="application/json").status_code == 204


def test_whoever_calls_with_a_session_is_asked_as_well(client: Any) -> None:
    publish("consent")
    client.force_login(PersonFactory())
    assert client.post("/api/v1/leases", content_type="application/json").json() == {
        "detail": CONSENT
    }


def test_asking_costs_no_statement(
    settings: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.PROJECT_CACHE_SECONDS = 60
    publish("consent", "instructions")
    project_with(listen_s=0)
    lease_of(PersonFactory())
    client = with_token(token_of(PersonFactory(consent_version=1, instructions_version=1)))
    forget_project()
    current_project()
    with django_assert_num_queries(2):  # Whose token, the lease.
        assert client.post("/api/v1/leases", content_type="application/json").status_code == 200
    forget_project()
