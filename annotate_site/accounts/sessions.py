"""Whose session a request brings, by one statement: for what a page's scripts ask all the time.

It knows only what is plain. Everybody else is for Django's middleware: strangers, sessions of other
backends, and passwords that have changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from annotate_site.accounts.models import Person
from annotate_site.core.statements import Columns, Statement

_PERSON = Columns(
    Person,
    "person",
    only=("username", "password", "role", "pseudonym", "standing", "language",
          "consent_version", "instructions_version", "is_simulated", "is_superuser", "is_active"),
)  # fmt: skip
# The person is a guess, because PostgreSQL cannot read what the session says; see below.
_SESSION = Statement(f"""
SELECT session.session_data, {_PERSON.sql}
FROM django_session AS session
LEFT JOIN accounts_person AS person ON person.id = %(guess)s::bigint
WHERE session.session_key = %(key)s AND session.expire_date > %(now)s
""")
_NOBODY = 0
_MOST_REMEMBERED = 4096
_guesses: dict[str, int] = {}
"""Whose each session was when this process last saw it: a guess that is always checked."""


def plainly_signed_in(request: HttpRequest) -> Person | None:
    """The person, when nothing about their session needs a second look; else None."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if not key or settings.SESSION_ENGINE != "django.contrib.sessions.backends.db":
        return None
    for _attempt in range(2):
        values = {"key": key, "guess": _guesses.get(key, _NOBODY), "now": timezone.now()}
        rows = _SESSION.rows(values)
        if not rows:
            return None
        session = _content(rows[0][0])
        person_id = str(session.get(SESSION_KEY, ""))
        if person_id == str(values["guess"]):
            person = cast(Person, _PERSON.row(rows[0][1:])) if rows[0][1] else None
            return person if person is not None and _is_valid(session, person) else None
        if not person_id.isdigit():
            return None
        if len(_guesses) >= _MOST_REMEMBERED:
            _guesses.clear()
        _guesses[key] = int(person_id)
    return None


@lru_cache(maxsize=_MOST_REMEMBERED)
def _content(signed: str) -> Mapping[str, Any]:
    """What a session holds; nothing when its signature is wrong."""
    return SessionStore().decode(signed)


def _is_valid(session: Mapping[str, Any], person: Person) -> bool:
    return (
        person.is_active
        and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(
            str(session.get(HASH_SESSION_KEY, "")), person.get_session_auth_hash()
        )
    )
