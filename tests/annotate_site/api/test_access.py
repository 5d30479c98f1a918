"""Every endpoint against callers without a token, with a dead one, or with too small a role."""

from __future__ import annotations

import pytest
from django.test import Client

from annotate_site.accounts.models import Person, Role
from tests.annotate_site.api.callers import caller, expired_token, token_of, with_token
from tests.factories.accounts import PersonFactory
from tests.factories.datasets import SnapshotFactory

pytestmark = pytest.mark.django_db

_LEASE = "00000000-0000-0000-0000-000000000000"
READS = [
    "/api/v1/snapshots/",
    "/api/v1/snapshots/preferences/1/",
    "/api/v1/snapshots/preferences/1/manifest",
    "/api/v1/snapshots/preferences/1/files/README.md",
]
ENDPOINTS = [
    *(("GET", path) for path in READS),
    ("GET", "/api/v1/me/"),
    ("GET", "/api/v1/schema/"),
    ("POST", "/api/v1/leases/"),
    ("PUT", f"/api/v1/leases/{_LEASE}/judgements/emo"),
    ("GET", "/api/v1/nothing/here"),
]


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_every_endpoint_refuses_a_caller_without_a_token(method: str, path: str) -> None:
    answer = Client().generic(method, path)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert answer.json() == {"detail": "Authentication credentials were not provided."}


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_every_endpoint_refuses_an_expired_token(method: str, path: str) -> None:
    answer = with_token(expired_token()).generic(method, path)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid token."})


@pytest.mark.parametrize("token", ["mp_wrong", "", "a b", "mp_" + "x" * 5000])
def test_me_refuses_a_token_that_never_was(token: str) -> None:
    assert with_token(token).get("/api/v1/me/").status_code == 401


def test_me_refuses_the_token_of_somebody_who_was_switched_off() -> None:
    person = PersonFactory(role=Role.RESEARCHER)
    token = token_of(person)
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert with_token(token).get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("path", READS)
def test_datasets_are_closed_to_annotators(path: str) -> None:
    SnapshotFactory(version=1)
    answer = caller(Role.ANNOTATOR).get(path)
    assert answer.status_code == 403
    assert answer.json() == {"detail": "this needs the role of researcher, manager or admin"}


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.MANAGER, Role.ADMIN])
def test_datasets_are_open_to_staff(role: Role) -> None:
    assert caller(role).get("/api/v1/snapshots/").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for path in READS for method in ("POST", "PUT", "PATCH", "DELETE")]
    + [("GET", "/api/v1/leases/"), ("POST", f"/api/v1/leases/{_LEASE}/judgements/emo")],
)
def test_every_endpoint_refuses_other_methods(method: str, path: str) -> None:
    answer = caller().generic(method, path)
    assert answer.status_code == 405
    assert answer.json() == {"detail": f'Method "{method}" not allowed.'}


def test_a_session_reads_without_a_token() -> None:
    client = Client()
    client.force_login(PersonFactory(role=Role.RESEARCHER))
    assert client.get("/api/v1/snapshots/").status_code == 200


def test_a_session_writes_only_with_the_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(PersonFactory())
    answer = client.post("/api/v1/leases/")
    assert answer.status_code == 403
    assert answer.json() == {"detail": "CSRF Failed: CSRF cookie not set."}


def test_me_says_whose_token_it_is() -> None:
    person = PersonFactory(username="ada", role=Role.MANAGER)
    answer = with_token(token_of(person)).get("/api/v1/me/")
    assert answer.json() == {
        "username": "ada",
        "role": "manager",
        "pseudonym": str(person.pseudonym),
    }


@pytest.mark.parametrize("path", ["nothing", "snapshots", "snapshots/a/b/c", "snapshots/a/x/"])
def test_an_unknown_address_gets_json(path: str) -> None:
    answer = caller().get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer.json() == {
        "detail": "there is nothing at this address; api/v1/schema/ lists what there is"
    }


def test_schema_describes_every_address() -> None:
    answer = caller().get("/api/v1/schema/")
    assert sorted(answer.json()["paths"]) == [
        "/api/v1/leases",
        "/api/v1/leases/{lease_id}/judgements",
        "/api/v1/leases/{lease_id}/judgements/{axis}",
        "/api/v1/me/",
        "/api/v1/snapshots/",
        "/api/v1/snapshots/{name}/{version}/",
        "/api/v1/snapshots/{name}/{version}/files/{place}",
        "/api/v1/snapshots/{name}/{version}/manifest",
    ]
