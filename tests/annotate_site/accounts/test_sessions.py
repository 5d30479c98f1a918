from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone

from annotate_site.accounts.models import Person
from annotate_site.accounts.sessions import plainly_signed_in
from tests.factories.accounts import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Person:
    return PersonFactory(language="de")


@pytest.fixture
def key(client: Client, person: Person) -> str:
    client.force_login(person)
    return client.cookies["sessionid"].value


def found(key: str) -> Person | None:
    request = RequestFactory().get("/judge/ahead/")
    request.COOKIES["sessionid"] = key
    return plainly_signed_in(request)


def test_plainly_signed_in_finds_the_person_by_one_statement_after_the_first_time(
    person, key, django_assert_num_queries
):
    assert found(key) == person

    with django_assert_num_queries(1):
        again = found(key)
        assert (again, again.language) == (person, "de")


def test_plainly_signed_in_knows_no_strangers(db):
    assert [found(""), found("x" * 32)] == [None, None]


def test_plainly_signed_in_forgets_who_has_signed_out(client, person, key):
    assert found(key) == person
    client.post("/sign-out/")
    Session.objects.filter(pk=key).delete()

    assert found(key) is None


def test_plainly_signed_in_leaves_a_changed_password_to_the_site(person, key):
    found(key)
    person.set_password("another-horse")
    person.save()

    assert found(key) is None


def test_plainly_signed_in_leaves_the_inactive_and_the_expired_to_the_site(person, key):
    found(key)
    Person.objects.update(is_active=False)
    assert found(key) is None
    Person.objects.update(is_active=True)
    assert found(key) == person
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert found(key) is None


def test_plainly_signed_in_believes_no_session_that_is_not_signed(key):
    found(key)
    Session.objects.update(session_data="e30:forged")

    assert found(key) is None
