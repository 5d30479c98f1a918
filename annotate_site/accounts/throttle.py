"""Slows down whoever guesses passwords.

django-axes would do it too, with an authentication backend, a middleware and three tables that
keep names, addresses and browsers in plain text. Counting failures is all that we need: under
keyed hashes, for a day. Three limits on the failures of the last quarter of an hour: one name from
one address (a guesser), one address (somebody who tries many names), one name (many machines).
The last is generous, so that strangers cannot easily lock somebody out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from annotate_site.accounts.models import SignInFailure

WINDOW = timedelta(minutes=15)
MOST_BY_NAME_AND_ADDRESS = 10
MOST_BY_ADDRESS = 100
MOST_BY_NAME = 50
_KEPT = timedelta(days=1)


def address_of(request: HttpRequest) -> str:
    """Where the request comes from. Behind TLS a proxy adds that to the end of a header."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.HTTPS else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def is_held_off(*, username: str, address: str, now: datetime) -> bool:
    """Whether nobody may try that name from that address for now, not even with the password."""
    recent = SignInFailure.objects.filter(at__gt=now - WINDOW)
    name_hash, address_hash = _hashed("name", username), _hashed("address", address)
    failures = recent.filter(Q(name_hash=name_hash) | Q(address_hash=address_hash)).values_list(
        "name_hash", "address_hash"
    )[: MOST_BY_ADDRESS + MOST_BY_NAME]
    by_name = [pair for pair in failures if pair[0] == name_hash]
    by_address = [pair for pair in failures if pair[1] == address_hash]
    return (
        by_name.count((name_hash, address_hash)) >= MOST_BY_NAME_AND_ADDRESS
        or len(by_address) >= MOST_BY_ADDRESS
        or len(by_name) >= MOST_BY_NAME
    )


def note_failure(*, username: str, address: str, now: datetime) -> None:
    """Count a failure, and forget those of the days before."""
    SignInFailure.objects.filter(at__lt=now - _KEPT).delete()
    SignInFailure.objects.create(
        at=now, name_hash=_hashed("name", username), address_hash=_hashed("address", address)
    )


def forget(*, username: str) -> None:
    SignInFailure.objects.filter(name_hash=_hashed("name", username)).delete()


def _hashed(kind: str, text: str) -> str:
    """Keyed, so that the table tells nobody who holds it without the key."""
    return salted_hmac(f"sign-in {kind}", text.casefold(), algorithm="sha256").hexdigest()
