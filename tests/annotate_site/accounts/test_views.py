from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken
from pytest_django import DjangoAssertNumQueries

from annotate_site.accounts.models import Cohort, Person, Role
from annotate_site.accounts.services import create_invitation, create_token
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


JOIN_PASSWORD = "quiet-harbour-7"


def _link(query: str = "", **facts: object) -> str:
    made = create_invitation(
        **{"by": PersonFactory(role=Role.MANAGER), "role": Role.ANNOTATOR, "now": timezone.now()}
        | facts
    )
    return f"/join/{made.token}/{query}"


def _join(client: Client, link: str, **fields: str) -> HttpResponse:
    given = {"username": "ada", "password": JOIN_PASSWORD, "again": JOIN_PASSWORD}
    return client.post(link, given | fields)


@pytest.mark.parametrize("name", ["PROLIFIC_PID", "participant", "external_id"])
def test_join_makes_an_account_and_signs_in(name: str) -> None:
    client = Client()
    link = _link(f"?{name}=5f2b-A_9", cohort=Cohort.objects.create(name="spring"))
    shown = client.get(link)
    assert "no-store" in shown["Cache-Control"]
    answer = _join(client, link)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    person = Person.objects.get(username="ada")
    assert client.session["_auth_user_id"] == str(person.pk)
    assert (person.external_id, person.cohort.name) == ("5f2b-A_9", "spring")


def test_join_takes_nothing_but_name_and_password_from_the_form() -> None:
    client = Client()
    other = Cohort.objects.create(name="other")
    _join(
        client,
        _link(),
        role="admin",
        cohort=str(other.pk),
        standing="active",
        is_superuser="on",
        is_staff="on",
        weight="9",
        external_id="forged",
    )
    person = Person.objects.get(username="ada")
    assert (person.role, person.cohort, person.standing, person.external_id) == (
        Role.ANNOTATOR,
        None,
        "new",
        "",
    )
    assert (person.is_superuser, person.is_staff, person.weight) == (False, False, 1.0)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"again": "another"}, "The two passwords differ."),
        ({"password": "", "again": ""}, "This field is required."),
        ({"username": ""}, "This field is required."),
        ({"username": "\0"}, "Null characters are not allowed."),
        ({"username": "a b"}, "Enter a valid username"),
        ({"username": "x" * 5_000}, "at most 150 characters"),
        ({"username": "<script>alert(1)</script>"}, "Enter a valid username"),
        ({"password": "x" * 5_000, "again": "x" * 5_000}, "at most 1000 characters"),
        ({"password": "1234", "again": "1234"}, "This password is too short"),
    ],
)
def test_join_says_what_is_wrong_and_makes_nothing(fields: dict[str, str], complaint: str) -> None:
    client, link = Client(), _link()
    answer = _join(client, link, **fields)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert complaint in text
    assert "<script>alert" not in text
    assert not Person.objects.exclude(role=Role.MANAGER).exists()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("query", "status"), [("?PROLIFIC_PID=a%20b", 400), ("?PROLIFIC_PID=" + "x" * 65, 400)]
)
def test_join_refuses_a_participant_id_that_cannot_be_right(query: str, status: int) -> None:
    answer = Client().get(_link(query))
    assert answer.status_code == status
    assert "participant id that cannot be right" in answer.content.decode()


def test_join_with_an_unknown_link_is_gone_and_tells_no_more() -> None:
    answer = _join(Client(), "/join/nobody-knows-it/")
    assert answer.status_code == 410
    assert "This invitation is not known here" in answer.content.decode()
    assert Person.objects.count() == 0


def test_join_a_second_time_finds_the_link_used() -> None:
    link = _link()
    _join(Client(), link)
    answer = _join(Client(), link, username="emmy")
    assert answer.status_code == 410
    assert not Person.objects.filter(username="emmy").exists()


def test_join_needs_the_csrf_token() -> None:
    link = _link()
    assert _join(Client(enforce_csrf_checks=True), link).status_code == 403
    assert not Person.objects.filter(username="ada").exists()


def test_join_is_for_those_who_have_no_account() -> None:
    client, _ = _client()
    link = _link()
    assert _join(client, link, username="second")["Location"] == "/"
    assert not Person.objects.filter(username="second").exists()


def _change(client: Client, **fields: str) -> HttpResponse:
    given = {"old_password": PASSWORD, "new_password1": JOIN_PASSWORD}
    return client.post("/you/password/", given | {"new_password2": JOIN_PASSWORD} | fields)


def test_change_password_keeps_this_window_signed_in_and_no_other() -> None:
    client, person = _client()
    other = Client()
    other.force_login(person)
    assert _change(client)["Location"] == "/"
    person.refresh_from_db()
    assert person.check_password(JOIN_PASSWORD)
    assert client.get("/you/").status_code == 200
    assert other.get("/you/").status_code == 302


@pytest.mark.parametrize(
    "fields",
    [
        {"old_password": "wrong"},
        {"new_password2": "different-one-9"},
        {"new_password1": "1234", "new_password2": "1234"},
    ],
)
def test_change_password_refuses(fields: dict[str, str]) -> None:
    client, person = _client()
    assert _change(client, **fields).status_code == 200
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
