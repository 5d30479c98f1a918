from __future__ import annotations

import secrets
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from knox.models import AuthToken

from annotate_site.accounts.models import Person, Role
from annotate_site.core.exceptions import Refused

MOST_TOKEN_DAYS = 365
SIMULATED_PREFIX = "simulated-"


class NewPerson(NamedTuple):
    person: Person
    password: str
    """Shown once; only its hash is kept."""


def create_person(
    *, username: str, role: Role, password: str | None = None, is_simulated: bool = False
) -> NewPerson:
    """Create an account, with a random one-time password unless one is given."""
    if Person.objects.filter(username=username).exists():
        raise Refused(f"the user name {username!r} is taken; choose another")
    password = password or secrets.token_urlsafe(9)
    person = Person.objects.create_user(
        username=username, password=password, role=role, is_simulated=is_simulated
    )
    return NewPerson(person, password)


@transaction.atomic
def renew_demo_people() -> dict[Role, NewPerson]:
    """One account per role, each with a fresh password: `make demo` prints them at every start.

    Passwords are stored as hashes only, so an old one can't be shown again.
    """
    people = {}
    for role in Role:
        person, _ = Person.objects.get_or_create(username=role.value, defaults={"role": role})
        password = secrets.token_urlsafe(9)
        person.set_password(password)
        person.save(update_fields=["password"])
        people[role] = NewPerson(person, password)
    return people


@transaction.atomic
def simulated_annotators(*, count: int) -> list[Person]:
    """The first `count` simulated accounts, created when missing. Nobody can sign in as them."""
    names = [f"{SIMULATED_PREFIX}{number:02d}" for number in range(1, count + 1)]
    known = set(Person.objects.filter(username__in=names).values_list("username", flat=True))
    for name in names:
        if name not in known:
            person = Person(username=name, role=Role.ANNOTATOR, is_simulated=True)
            person.set_unusable_password()
            person.save()
    return list(Person.objects.filter(username__in=names, is_simulated=True).order_by("username"))


def create_token(*, person: Person, days: int) -> str:
    """A token for the API; the plain text is returned once and never stored."""
    if not 1 <= days <= MOST_TOKEN_DAYS:
        raise Refused(f"a token lasts from 1 to {MOST_TOKEN_DAYS} days, not {days}")
    _, plain = AuthToken.objects.create(user=person, expiry=timedelta(days=days))
    return str(plain)


def revoke_token(*, person: Person, digest: str) -> None:
    """Delete one of the person's own tokens; a foreign or unknown one changes nothing."""
    AuthToken.objects.filter(user=person, digest=digest).delete()
