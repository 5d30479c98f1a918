"""Who may open and change what: every address of the project, one by one."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import get_resolver

from annotate_site.accounts.models import Invitation, Person, Role
from annotate_site.annotation.models import Adjudication, Document, GoldQuestion, Project
from annotate_site.core.models import AuditEvent
from annotate_site.quality.services.cohorts import create_cohort
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import ComparisonFactory

pytestmark = pytest.mark.django_db

PAGES = [
    "/project/",
    "/project/quality/",
    "/project/disagreements/",
    "/project/skipped/",
    "/project/known-answers/",
    "/project/people/",
    "/project/people/invitations/",
    "/project/people/cohorts/",
    "/project/texts/",
    "/project/texts/consent/",
    "/project/texts/instructions/",
    "/project/settings/",
    "/project/log/",
]
CHANGES = [
    ("/project/quality/", {}),
    ("/project/disagreements/{comparison}/", {"emo": "first"}),
    ("/project/skipped/{comparison}/", {"closes": "on"}),
    ("/project/known-answers/", {"use": "gold", "count": "1"}),
    ("/project/known-answers/new/{comparison}/", {"use": "gold"}),
    ("/project/known-answers/{question}/", {"use": "gold"}),
    ("/project/people/{person}/change/", {"action": "exclude"}),
    ("/project/people/invitations/", {"role": "annotator", "most_uses": "1", "days": "1"}),
    ("/project/people/invitations/{invitation}/revoke/", {}),
    ("/project/people/cohorts/", {"name": "new", "comparisons_due": "1"}),
    ("/project/people/cohorts/{cohort}/", {"renew": "1"}),
    ("/project/texts/preview/", {"text_en": "# Hello"}),
    ("/project/texts/consent/", {"text_en": "Yes", "based_on": "0", "publish": "1"}),
    ("/project/settings/", {"title": "Mine", "save": "1"}),
]


@pytest.fixture
def addresses(manager) -> dict[str, object]:
    comparison = ComparisonFactory()
    question = GoldQuestion.objects.create(
        comparison=ComparisonFactory(), use="gold", source="unanimous"
    )
    invitation = Invitation.objects.create(
        token_sha256="0" * 64, expires_at="2027-01-01T00:00Z", created_by=manager
    )
    return {
        "comparison": comparison.pk,
        "question": question.pk,
        "person": PersonFactory(username="target").pk,
        "invitation": invitation.pk,
        "cohort": create_cohort(by=manager, name="spring", comparisons_due=3).pk,
    }


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(PersonFactory(username=f"the-{role}", role=role))
    return client


def state() -> tuple[object, ...]:
    """Everything that the requests here could change."""
    return (
        list(Person.objects.exclude(username__startswith="the-").order_by("pk").values()),
        list(Invitation.objects.values()),
        list(Project.objects.values()),
        list(GoldQuestion.objects.values()),
        Document.objects.count(),
        Adjudication.objects.count(),
        AuditEvent.objects.count(),
    )


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.RESEARCHER])
def test_pages_are_for_managers_only(role: Role) -> None:
    client = signed_in(role)
    assert {page: client.get(page).status_code for page in PAGES} == dict.fromkeys(PAGES, 403)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_managers_and_admins_see_every_page_of_an_empty_project(role: Role) -> None:
    client = signed_in(role)
    assert {page: client.get(page).status_code for page in PAGES} == dict.fromkeys(PAGES, 200)


def test_pages_with_an_id_are_for_managers_only(addresses) -> None:
    pages = [
        page.format(**addresses)
        for page in (
            "/project/people/{person}/",
            "/project/disagreements/{comparison}/",
            "/project/known-answers/new/{comparison}/",
        )
    ]
    annotator, manager = signed_in(Role.ANNOTATOR), signed_in(Role.MANAGER)
    assert [annotator.get(page).status_code for page in pages] == [403] * 3
    assert [manager.get(page).status_code for page in pages] == [200] * 3


@pytest.mark.parametrize(("address", "values"), CHANGES)
@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.RESEARCHER])
def test_changes_by_others_are_refused_and_nothing_is_stored(role, address, values, addresses):
    client = signed_in(role)
    before = state()
    answer = client.post(address.format(**addresses), values)
    assert (answer.status_code, state()) == (403, before)


@pytest.mark.parametrize(("address", "values"), CHANGES)
def test_changes_without_the_form_token_are_refused(address, values, addresses, manager):
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)
    before = state()
    answer = client.post(address.format(**addresses), values)
    assert (answer.status_code, state()) == (403, before)


@pytest.mark.parametrize(("address", "values"), CHANGES)
def test_strangers_are_sent_to_sign_in(address, values, addresses):
    before = state()
    answer = Client().post(address.format(**addresses), values)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/")
    assert state() == before


def test_every_address_of_the_project_is_in_these_tests(addresses) -> None:
    known = {
        *PAGES,
        *(address for address, _ in CHANGES),
        "/project/people/{person}/",
        "/project/texts/{kind}/{version}/",
    }
    patterns = get_resolver("annotate_site.quality.urls").url_patterns
    assert len(patterns) == len({page.replace("consent", "{kind}") for page in known}) - 1


@pytest.mark.parametrize(
    "address",
    [
        f"/project/disagreements/{uuid4()}/",
        f"/project/known-answers/new/{uuid4()}/",
        "/project/people/999999/",
        "/project/people/99999999999999999999999/",
        "/project/texts/poem/",
        "/project/texts/consent/99/",
        "/project/texts/consent/99999999999999999999/",
    ],
)
def test_what_is_not_there_is_not_found(site, address) -> None:
    assert site.get(address).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        f"/project/skipped/{uuid4()}/",
        f"/project/known-answers/{uuid4()}/",
        "/project/people/999999/change/",
        "/project/people/invitations/999999/revoke/",
        "/project/people/cohorts/999999/",
    ],
)
def test_changing_what_is_not_there_is_not_found(site, address) -> None:
    assert site.post(address, {"action": "exclude"}).status_code == 404


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "page=99999999999999999999",
        "axis=nope",
        "role=king",
        "search=" + "x" * 5000,
        "search=%00",
        "cohort=abc",
        "cohort=99999999999999999999",
        "since=yesterday",
        "actor=%00",
        "about=%00",
        "until=9999-12-31",
        "until=0001-01-01",
        "reason=nope",
        "action=nope",
        "simulated=%3Cscript%3E",
        "standing=%27%3B--",
    ],
)
def test_senseless_filters_do_no_harm(site, page, query) -> None:
    assert site.get(f"{page}?{query}").status_code == 200
