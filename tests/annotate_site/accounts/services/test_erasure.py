from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from knox.models import AuthToken

from annotate_site.accounts import throttle
from annotate_site.accounts.models import Person, Role, SignInFailure
from annotate_site.accounts.services import create_token, erase_person
from annotate_site.core import audit
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent
from tests.factories.accounts import PersonFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = {
    "username": "ada",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.org",
    "external_id": "p-1815",
}


def test_erase_person_leaves_no_name_anywhere() -> None:
    person = PersonFactory(**NAMES)
    pseudonym = person.pseudonym
    client = Client()
    client.force_login(person)
    create_token(person=person, days=1)
    throttle.note_failure(username="ada", address="1.2.3.4", now=NOON)
    audit.record(actor=None, action="person.paused", subject=person)

    erase_person(person=person, withdraws=False, now=NOON)

    stored = Person.objects.filter(pk=person.pk).values().get()
    for name in NAMES.values():
        assert name not in str(stored)
    assert stored["username"].startswith("deleted-")
    assert stored["pseudonym"] == pseudonym
    assert str(pseudonym) not in stored["username"]
    assert (stored["is_active"], stored["deleted_at"], stored["weight"]) == (False, NOON, 1.0)
    assert not Person.objects.get(pk=person.pk).has_usable_password()
    assert AuthToken.objects.count() == Session.objects.count() == 0
    assert SignInFailure.objects.count() == 0
    assert AuditEvent.objects.get().subject == stored["username"]
    assert client.get("/you/")["Location"] == "/sign-in/?next=/you/"


def test_erase_person_leaves_others_alone() -> None:
    person, other = PersonFactory(username="ada"), PersonFactory(username="emmy")
    client = Client()
    client.force_login(other)
    create_token(person=other, days=1)
    throttle.note_failure(username="emmy", address="1.2.3.4", now=NOON)
    erase_person(person=person, withdraws=True, now=NOON)
    assert client.get("/you/").status_code == 200
    assert AuthToken.objects.get().user == other
    assert SignInFailure.objects.count() == 1
    other.refresh_from_db()
    assert (other.username, other.weight) == ("emmy", 1.0)


def test_erase_person_sets_the_weight_to_nought_when_answers_are_withdrawn() -> None:
    person = PersonFactory()
    erase_person(person=person, withdraws=True, now=NOON)
    person.refresh_from_db()
    assert person.weight == 0


def test_erase_person_twice_changes_nothing() -> None:
    person = PersonFactory()
    erase_person(person=person, withdraws=False, now=NOON)
    first = Person.objects.filter(pk=person.pk).values().get()
    erase_person(person=person, withdraws=True, now=NOON.replace(hour=13))
    assert Person.objects.filter(pk=person.pk).values().get() == first


def test_the_last_admin_stays() -> None:
    admin = PersonFactory(role=Role.ADMIN)
    PersonFactory(role=Role.ADMIN, is_active=False)
    with pytest.raises(Refused, match="you are the only admin"):
        erase_person(person=admin, withdraws=False, now=NOON)
    admin.refresh_from_db()
    assert (admin.is_active, admin.deleted_at) == (True, None)
    PersonFactory(role=Role.ADMIN)
    erase_person(person=admin, withdraws=False, now=NOON)
    admin.refresh_from_db()
    assert admin.deleted_at == NOON


def test_the_name_of_a_deleted_account_is_free_again() -> None:
    erase_person(person=PersonFactory(username="ada"), withdraws=False, now=NOON)
    assert PersonFactory(username="ada").pk
