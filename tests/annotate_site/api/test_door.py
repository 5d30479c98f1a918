"""The door before the site, as a web server calls it."""

from __future__ import annotations

import io
import json
import sys
from typing import Any, NamedTuple

import pytest
from django.db import connection

from annotate_site.annotation.models import Judgement
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


def knock(method: str, path: str, token: str = "", message: Any = None, **extra: str) -> Answer:
    """Through the door; what is not for it comes back as 299."""

    def site(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("299 The site", [])
        return [b""]

    body = b"" if message is None else json.dumps(message).encode()
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
