from __future__ import annotations

from datetime import timedelta

from knox.models import AuthToken

from annotate_site.accounts.models import Person
from annotate_site.core.exceptions import Refused

MOST_TOKEN_DAYS = 365


def create_token(*, person: Person, days: int) -> str:
    """A token for the API; the plain text is returned once and never stored."""
    if not 1 <= days <= MOST_TOKEN_DAYS:
        raise Refused(f"a token lasts from 1 to {MOST_TOKEN_DAYS} days, not {days}")
    _, plain = AuthToken.objects.create(user=person, expiry=timedelta(days=days))
    return str(plain)


def revoke_token(*, person: Person, digest: str) -> None:
    """Delete one of the person's own tokens; a foreign or unknown one changes nothing."""
    AuthToken.objects.filter(user=person, digest=digest).delete()
