"""The door before the site, as a web server calls it."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from annotate_site.annotation.models import Judgement
from annotate_site.annotation.services import current_project, forget_project, next_lease
from annotate_site.api.door import LoopDoor
from tests.annotate_site.annotation.services.projects import project_with
from tests.annotate_site.api.callers import expired_token, token_of
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import comparisons_of_one_clip

pytestmark = pytest.mark.django_db


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(autouse=True)
def _open_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a request would close it, and with it this test's transaction."""
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)


CSRF = "c" * 32


def cookies_of(person: Any) -> str:
    client = Client()
    client.force_login(person)
    return f"sessionid={client.cookies['sessionid'].value}; csrftoken={CSRF}"


def ask_as_the_page(method: str, path: str, cookies: str, form: str = "", **extra: str) -> Answer:
    scripts = {"HTTP_ACCEPT": "application/json", "HTTP_X_CSRFTOKEN": CSRF}
    return knock(
        method, path, HTTP_COOKIE=cookies, form=form,
        **scripts | {"CONTENT_TYPE": "application/x-www-form-urlencoded"} | extra,
    )  # fmt: skip


def lease_of_page(answer: Answer) -> str:
    found = re.search(rb'name="lease" value="([^"]+)"', answer.body)
    assert found is not None
    return found[1].decode()


def knock(
    method: str, path: str, token: str = "", message: Any = None, form: str = "", **extra: str
) -> Answer:
    """Through the door; what is not for it comes back as 299."""

    def site(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("299 The site", [])
        return [b""]

    body = form.encode() if message is None else json.dumps(message).encode()
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost",
        "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http", "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
    }  # fmt: skip
    if token:
        environ["HTTP_AUTHORIZATION"] = f"Token {token}"
    seen: list[Any] = []
    chunks = LoopDoor(site)(environ | extra, lambda status, headers: seen.append((status, headers)))
    content = b"".join(chunks)
    if hasattr(chunks, "close"):
        chunks.close()
    ((status, headers),) = seen
    return Answer(int(status.split()[0]), dict(headers), content)


def test_the_whole_loop_goes_through_the_door() -> None:
    project_with(listen_s=0)
    comparisons_of_one_clip(2, overlap=1)
    token = token_of(PersonFactory())
    lease = json.loads(knock("POST", "/api/v1/leases/", token).body)["id"]
    one = knock("PUT", f"/api/v1/leases/{lease}/judgements/emo", token, {"verdict": "left"})
    assert (one.status, json.loads(one.body)["next_axis"]) == (200, "con")
    rest = {"judgements": [{"axis": axis, "verdict": "tie"} for axis in ("con", "cre")]}
    every = knock("PUT", f"/api/v1/leases/{lease}/judgements?next=1", token, rest)
    assert json.loads(every.body)["next"]["id"] != lease
    assert Judgement.objects.count() == 3
    assert every.headers["Content-Length"] == str(len(every.body))
    assert every.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "path", "token"),
    [
        ("POST", "/api/v1/leases", ""),
        ("GET", "/api/v1/me/", "mp_x"),
        ("PUT", "/api/v1/leases/1/judgements/emo", "mp_x"),
        ("PUT", "/api/v1/leases/../me/", "mp_x"),
    ],
)
def test_everything_else_passes_through_to_the_site(method: str, path: str, token: str) -> None:
    assert knock(method, path, token).status == 299


def test_the_door_refuses_as_the_site_does() -> None:
    answer = knock("POST", "/api/v1/leases", expired_token())
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Token")
    assert json.loads(answer.body) == {"detail": "Invalid token."}
    assert knock("GET", "/api/v1/leases", token_of()).status == 405
    assert knock("POST", "/api/v1/leases", token_of(), HTTP_HOST="evil.example").status == 400


def test_the_pages_scripts_go_round_the_loop_by_8_statements(
    settings: Any, django_assert_num_queries: Any
) -> None:
    settings.PROJECT_CACHE_SECONDS = 60
    project_with(listen_s=0, repeat_share=0)
    comparisons_of_one_clip(4, overlap=1)
    person = PersonFactory()
    cookies = cookies_of(person)
    forget_project()
    current_project()
    lease = str(next_lease(annotator=person, now=timezone.now()).pk)
    for is_new in (True, False):  # At first it finds out whose session it is.
        with django_assert_num_queries(8 + is_new):
            for axis in ("emo", "con", "cre"):
                form = f"lease={lease}&axis={axis}&verdict=left&response_ms=900&strength=1"
                told = ask_as_the_page("POST", "/judge/answer/", cookies, form)
                assert told.status == 200
                if axis == "emo":
                    page = ask_as_the_page("GET", f"/judge/ahead/?behind={lease}", cookies)
        assert json.loads(told.body)["progress"]["judged"] == 2 - is_new
        lease = lease_of_page(page)
    forget_project()
    assert page.headers["Cache-Control"].startswith("max-age=0")
    assert f'value="{CSRF}"'.encode() not in page.body  # Masked anew each time.
    assert b"csrfmiddlewaretoken" in page.body


@pytest.mark.parametrize(
    ("method", "path", "changes"),
    [
        ("GET", "/judge/answer/", {}),
        ("POST", "/judge/ahead/", {}),
        ("POST", "/judge/answer/", {"HTTP_ACCEPT": "text/html"}),
        ("POST", "/judge/answer/", {"HTTP_COOKIE": f"sessionid={'x' * 32}; csrftoken={CSRF}"}),
        ("POST", "/judge/answer/", {"HTTP_COOKIE": f"csrftoken={CSRF}"}),
        ("GET", "/judge/ahead/", {"HTTP_COOKIE": ""}),
        ("GET", "/judge/", {}),
    ],
)
def test_what_is_not_plain_passes_through_to_the_page(
    method: str, path: str, changes: dict[str, str]
) -> None:
    cookies = changes.pop("HTTP_COOKIE", cookies_of(PersonFactory()))
    assert ask_as_the_page(method, path, cookies, **changes).status == 299


def test_the_door_stores_no_answer_without_the_csrf_token() -> None:
    project_with(listen_s=0)
    comparisons_of_one_clip(1, overlap=1)
    person = PersonFactory()
    lease = next_lease(annotator=person, now=timezone.now())
    form = f"lease={lease.pk}&axis=emo&verdict=left"
    answer = ask_as_the_page(
        "POST", "/judge/answer/", cookies_of(person), form, HTTP_X_CSRFTOKEN="d" * 32
    )
    assert (answer.status, Judgement.objects.count()) == (403, 0)


def test_the_door_refuses_in_the_persons_language() -> None:
    cookies = cookies_of(PersonFactory(language="de"))
    form = "lease=00000000-0000-0000-0000-000000000000&axis=emo&verdict=left"
    answer = ask_as_the_page("POST", "/judge/answer/", cookies, form)
    assert answer.status == 409
    assert json.loads(answer.body)["error"].startswith("Dieser Vergleich")
