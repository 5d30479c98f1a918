from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client, RequestFactory

from annotate_site.accounts import throttle
from annotate_site.accounts.models import SignInFailure
from tests.factories.accounts import PersonFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MANY = "Too many wrong passwords. Please try again in 15 minutes."


def fail(count: int, *, username: str = "ada", address: str = "1.1.1.1", at: datetime = NOON):
    for _ in range(count):
        throttle.note_failure(username=username, address=address, now=at)


def held(username: str = "ada", address: str = "1.1.1.1", now: datetime = NOON) -> bool:
    return throttle.is_held_off(username=username, address=address, now=now)


def test_ten_failures_hold_off_that_name_from_that_address_alone():
    fail(9)
    assert not held()
    fail(1)
    assert held()
    assert held(username="ADA")
    assert not held(address="2.2.2.2")
    assert not held(username="emmy")


def test_the_pause_ends():
    fail(10)
    assert held(now=NOON + timedelta(minutes=14))
    assert not held(now=NOON + timedelta(minutes=15))


def test_an_address_that_tries_many_names_is_held_off_for_all():
    for number in range(100):
        fail(1, username=f"name-{number}")
    assert held(username="somebody-else")
    assert not held(username="somebody-else", address="2.2.2.2")


def test_a_name_tried_from_many_machines_is_held_off_everywhere():
    for number in range(50):
        fail(1, address=f"10.0.0.{number}")
    assert held(address="9.9.9.9")
    assert not held(username="emmy", address="9.9.9.9")


def test_failures_are_forgotten_after_a_day_and_name_nobody():
    fail(1, at=NOON - timedelta(days=2))
    fail(1, username="emmy")
    stored = SignInFailure.objects.values().get()
    assert "emmy" not in str(stored)
    assert "1.1.1.1" not in str(stored)


@pytest.mark.parametrize(
    ("https", "forwarded", "address"),
    [
        (True, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (True, "", "127.0.0.1"),
        (False, "1.2.3.4", "127.0.0.1"),  # No proxy: anybody could write the header.
    ],
)
def test_address_of_believes_a_proxy_only(settings, https, forwarded, address):
    settings.HTTPS = https
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
    assert throttle.address_of(request) == address


def test_sign_in_pauses_even_for_the_right_password():
    PersonFactory(username="ada")
    client = Client()
    for _ in range(10):
        client.post("/sign-in/", {"username": "ada", "password": "wrong"})
    answer = client.post("/sign-in/", {"username": "ada", "password": "correct-horse"})
    assert list(answer.context["form"].non_field_errors()) == [MANY]
    assert "_auth_user_id" not in client.session
    assert SignInFailure.objects.count() == 10
    SignInFailure.objects.update(at=NOON)  # Long ago.
    assert (
        client.post("/sign-in/", {"username": "ada", "password": "correct-horse"}).status_code
        == 302
    )


def test_sign_in_counts_unknown_names_like_known_ones():
    client = Client()
    for _ in range(10):
        client.post("/sign-in/", {"username": "nobody", "password": "wrong"})
    answer = client.post("/sign-in/", {"username": "nobody", "password": "wrong"})
    assert list(answer.context["form"].non_field_errors()) == [MANY]
