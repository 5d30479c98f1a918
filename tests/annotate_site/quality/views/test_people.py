from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from annotate_site.accounts.models import Cohort, Invitation, Person, Role
from annotate_site.core.models import AuditEvent
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import completed_lease

pytestmark = pytest.mark.django_db

PEOPLE = "/project/people/"
INVITATIONS = "/project/people/invitations/"
COHORTS = "/project/people/cohorts/"
INVITE = {"role": "annotator", "cohort": "", "most_uses": "3", "days": "7", "note": "for spring"}


def names(response) -> list[str]:
    return [person.username for person in response.context["page"]]


@pytest.fixture
def crowd(manager):
    spring = Cohort.objects.create(name="spring")
    PersonFactory(username="ada", cohort=spring, external_id="PROLIFIC-1")
    PersonFactory(username="ben", standing="paused")
    PersonFactory(username="cid", weight=0)
    return spring


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["ada", "ben", "cid", "mia"]),
        ("search=AD", ["ada"]),
        ("search=prolific-1", ["ada"]),
        ("standing=paused", ["ben"]),
        ("role=manager", ["mia"]),
        ("excluded=on", ["cid"]),
        ("standing=paused&excluded=on", []),
    ],
)
def test_people_are_found_by_what_is_known_of_them(site, crowd, query, found) -> None:
    assert names(site.get(f"{PEOPLE}?{query}")) == found


def test_people_are_found_by_cohort(site, crowd) -> None:
    assert names(site.get(f"{PEOPLE}?cohort={crowd.pk}")) == ["ada"]


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_statements_however_long_it_is(
    site, count, django_assert_num_queries
) -> None:
    for _ in range(count):
        completed_lease()
    with django_assert_num_queries(5):
        site.get(PEOPLE)


def test_a_person_is_shown_with_figures_answers_and_decisions(site, manager, text_of) -> None:
    lease = completed_lease(annotator=PersonFactory(username="ada"))
    address = f"{PEOPLE}{lease.annotator_id}/"
    site.post(f"{address}change/", {"action": "pause", "reason": "a <b>word</b>"})
    response = site.get(address)
    page = text_of(response)
    assert response.context["figures"].answers == 3
    assert len(response.context["answers"]) == 3
    assert "a &lt;b&gt;word&lt;/b&gt;" in page
    assert "person.paused" in page


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [("pause", "standing", "paused"), ("restart", "standing", "new"), ("exclude", "weight", 0.0)],
)
def test_buttons_do_what_they_say(site, action, field, value) -> None:
    person = PersonFactory()
    response = site.post(f"{PEOPLE}{person.pk}/change/", {"action": action})
    assert response.headers["Location"] == f"{PEOPLE}{person.pk}/"
    assert getattr(Person.objects.get(pk=person.pk), field) == value


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"action": "delete"},
        {"action": "move", "cohort": "999"},
        {"action": "exclude", "reason": "x" * 501},
        {"action": "exclude", "reason": "a\0b"},
    ],
)
def test_senseless_decisions_change_nothing(site, values) -> None:
    person = PersonFactory()
    before = Person.objects.filter(pk=person.pk).values().get()
    assert site.post(f"{PEOPLE}{person.pk}/change/", values).status_code == 302
    assert Person.objects.filter(pk=person.pk).values().get() == before
    assert AuditEvent.objects.count() == 0


def test_a_manager_cannot_take_over_an_admin(site) -> None:
    admin = PersonFactory(role=Role.ADMIN)
    before = Person.objects.filter(pk=admin.pk).values().get()
    for action in ("password", "exclude", "pause", "move"):
        site.post(f"{PEOPLE}{admin.pk}/change/", {"action": action})
    assert Person.objects.filter(pk=admin.pk).values().get() == before
    assert not site.get(f"{PEOPLE}{admin.pk}/").context["may_change"]


def test_a_new_password_is_shown_once(site) -> None:
    person = PersonFactory(username="ada")
    response = site.post(f"{PEOPLE}{person.pk}/change/", {"action": "password"})
    password = response.context["password"]
    assert password in response.content.decode()
    assert Client().login(username="ada", password=password)
    assert password not in site.get(f"{PEOPLE}{person.pk}/").content.decode()


def test_an_invitation_lets_somebody_in_and_its_link_is_shown_once(site, crowd) -> None:
    response = site.post(INVITATIONS, {**INVITE, "cohort": crowd.pk})
    link = response.context["link"]
    assert link in response.content.decode()
    assert response.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    invitation = Invitation.objects.get()
    assert (invitation.role, invitation.cohort, invitation.most_uses, invitation.note) == (
        "annotator",
        crowd,
        3,
        "for spring",
    )
    days = invitation.expires_at - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < days <= timedelta(days=7)
    token = re.search(r"/join/([^/]+)/", link)[1]
    assert token not in site.get(INVITATIONS).content.decode()
    assert token not in str(AuditEvent.objects.values())
    assert Client().get(link).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("role", "admin"),
        ("role", "king"),
        ("role", ""),
        ("most_uses", "0"),
        ("most_uses", "10001"),
        ("most_uses", "x"),
        ("days", "0"),
        ("days", "366"),
        ("cohort", "999"),
        ("note", "x" * 201),
        ("note", "a\0b"),
    ],
)
def test_bad_invitations_are_refused_by_field(site, name, value) -> None:
    response = site.post(INVITATIONS, {**INVITE, name: value})
    assert (response.status_code, list(response.context["form"].errors)) == (422, [name])
    assert Invitation.objects.count() == 0


def test_admins_invite_admins() -> None:
    client = Client()
    client.force_login(PersonFactory(role=Role.ADMIN))
    client.post(INVITATIONS, {**INVITE, "role": "admin"})
    assert Invitation.objects.get().role == "admin"


def test_a_withdrawn_invitation_lets_nobody_in(site) -> None:
    link = site.post(INVITATIONS, INVITE).context["link"]
    address = f"{INVITATIONS}{Invitation.objects.get().pk}/revoke/"
    site.post(address)
    site.post(address)
    assert Invitation.objects.get().revoked_at is not None
    assert AuditEvent.objects.filter(action="invitation.revoked").count() == 1
    assert 'name="password"' not in Client().get(link).content.decode()


def test_cohorts_are_made_changed_and_given_another_code(site) -> None:
    site.post(COHORTS, {"name": "spring", "comparisons_due": "40", "note": ""})
    cohort = Cohort.objects.get()
    site.post(f"{COHORTS}{cohort.pk}/", {"comparisons_due": "60", "note": "longer"})
    site.post(f"{COHORTS}{cohort.pk}/", {"renew": "1"})
    changed = Cohort.objects.get()
    assert (changed.comparisons_due, changed.note) == (60, "longer")
    assert changed.completion_code != cohort.completion_code
    assert changed.completion_code in site.get(COHORTS).content.decode()


@pytest.mark.parametrize(
    "values",
    [
        {"name": "", "comparisons_due": "1"},
        {"name": "x" * 101, "comparisons_due": "1"},
        {"name": "a", "comparisons_due": "-1"},
        {"name": "a", "comparisons_due": "100001"},
        {"name": "a", "comparisons_due": ""},
        {"name": "Taken", "comparisons_due": "1"},
    ],
)
def test_bad_cohorts_are_refused(site, values) -> None:
    Cohort.objects.create(name="taken")
    assert site.post(COHORTS, values).status_code == 422
    assert Cohort.objects.count() == 1


def test_bad_changes_of_a_cohort_are_refused(site) -> None:
    cohort = Cohort.objects.create(name="spring", comparisons_due=5)
    for due in ("-1", "x", ""):
        site.post(f"{COHORTS}{cohort.pk}/", {"comparisons_due": due, "name": "other"})
    assert list(Cohort.objects.values_list("name", "comparisons_due")) == [("spring", 5)]
