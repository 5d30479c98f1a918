from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken
from pytest_django import DjangoAssertNumQueries

from annotate_site.accounts.models import Role
from annotate_site.accounts.services import create_token
from tests.factories.accounts import PersonFactory

pytestmark = pytest.mark.django_db

SIGN_IN = "/sign-in/"
TOKENS = "/tokens/"
PASSWORD = "correct-horse"


def _sign_in(client: Client, **fields: str) -> object:
    return client.post(SIGN_IN, {"username": "ada", "password": PASSWORD} | fields)


def test_sign_in_leads_home() -> None:
    person = PersonFactory(username="ada")
    client = Client()
    answer = _sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(person.pk)


@pytest.mark.parametrize(
    "fields", [{"password": "wrong"}, {"username": "nobody"}, {"password": "x" * 5000}]
)
def test_sign_in_with_the_wrong_words_says_so_and_no_more(fields: dict[str, str]) -> None:
    PersonFactory(username="ada")
    client = Client()
    answer = _sign_in(client, **fields)
    (error,) = answer.context["form"].non_field_errors()
    assert answer.status_code == 200
    assert error == (
        "Please enter a correct username and password. Note that both fields may be case-sensitive."
    )
    assert answer.content.decode().count('role="alert"') == 1
    assert "_auth_user_id" not in client.session


def test_sign_in_refuses_somebody_who_was_switched_off() -> None:
    PersonFactory(username="ada", is_active=False)
    client = Client()
    assert _sign_in(client).status_code == 200
    assert "_auth_user_id" not in client.session


def test_sign_in_goes_on_to_the_page_that_was_asked_for() -> None:
    PersonFactory(username="ada", role=Role.RESEARCHER)
    client = Client()
    asked = client.get(TOKENS)
    assert asked["Location"] == f"{SIGN_IN}?next={TOKENS}"
    shown = client.get(asked["Location"]).content.decode()
    assert f'<input type="hidden" name="next" value="{TOKENS}">' in shown
    assert _sign_in(client, next=TOKENS)["Location"] == TOKENS


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\\\\evil.example",
    ],
)
def test_sign_in_never_leads_to_another_site(elsewhere: str) -> None:
    PersonFactory(username="ada")
    assert _sign_in(Client(), next=elsewhere)["Location"] == "/"


def test_sign_in_needs_the_csrf_token() -> None:
    PersonFactory(username="ada")
    client = Client(enforce_csrf_checks=True)
    assert _sign_in(client).status_code == 403
    assert "_auth_user_id" not in client.session


def test_sign_in_sends_those_home_who_are_in() -> None:
    client = Client()
    client.force_login(PersonFactory())
    assert client.get(SIGN_IN)["Location"] == "/"


def test_sign_out_takes_a_post() -> None:
    client = Client()
    client.force_login(PersonFactory())
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == SIGN_IN
    assert "_auth_user_id" not in client.session


def _client(role: Role = Role.RESEARCHER) -> tuple[Client, object]:
    client, person = Client(), PersonFactory(role=role)
    client.force_login(person)
    return client, person


def test_tokens_is_closed_to_annotators() -> None:
    client, _ = _client(Role.ANNOTATOR)
    assert client.get(TOKENS).status_code == 403
    assert client.post(TOKENS, {"days": 5}).status_code == 403
    assert AuthToken.objects.count() == 0


def test_tokens_shows_a_new_token_once() -> None:
    client, person = _client()
    answer = client.post(TOKENS, {"days": 5})
    plain = answer.context["plain"]
    assert AuthToken.objects.get().user == person
    assert answer.content.decode().count(f'<pre id="new-token">{plain}</pre>') == 1
    assert "no-store" in answer["Cache-Control"]
    later = client.get(TOKENS).content.decode()
    assert plain not in later
    assert re.findall(r'class="mono">(\w+)…', later) == [plain[:15]]


@pytest.mark.parametrize("days", ["", "0", "366", "-1", "x", "1e3", "9" * 400])
def test_tokens_refuses_a_time_without_sense(days: str) -> None:
    client, _ = _client()
    answer = client.post(TOKENS, {"days": days})
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["days"])
    assert AuthToken.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_tokens_needs_the_same_queries_for_any_number(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, person = _client()
    for _ in range(count):
        create_token(person=person, days=1)
    with django_assert_num_queries(3):  # session, person, tokens
        client.get(TOKENS)


def test_tokens_lists_own_tokens_only() -> None:
    client, person = _client()
    create_token(person=person, days=1)
    create_token(person=PersonFactory(), days=1)
    assert [token.user for token in client.get(TOKENS).context["tokens"]] == [person]


def test_tokens_marks_those_that_have_expired() -> None:
    client, person = _client()
    create_token(person=person, days=1)
    AuthToken.objects.create(user=person, expiry=timedelta(seconds=-1))
    assert client.get(TOKENS).content.decode().count(">expired</span>") == 1


def test_revoke_token_deletes_an_own_token() -> None:
    client, person = _client()
    create_token(person=person, days=1)
    answer = client.post(reverse("accounts:revoke_token", args=[AuthToken.objects.get().digest]))
    assert answer["Location"] == TOKENS
    assert AuthToken.objects.count() == 0


def test_revoke_token_leaves_the_tokens_of_others() -> None:
    create_token(person=PersonFactory(), days=1)
    path = reverse("accounts:revoke_token", args=[AuthToken.objects.get().digest])
    client, _ = _client(Role.ADMIN)
    client.post(path)
    assert client.get(path).status_code == 405
    assert Client().post(path)["Location"] == f"{SIGN_IN}?next={path}"
    assert AuthToken.objects.count() == 1
