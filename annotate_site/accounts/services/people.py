from __future__ import annotations

import secrets
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from annotate_site.accounts.models import Cohort, Invitation, Person, Role
from annotate_site.accounts.services.invitations import NewInvitation, create_invitation
from annotate_site.core.exceptions import Refused

SIMULATED_PREFIX = "simulated-"
_DEMO_COHORT = "demo"


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
def renew_demo_invitation(*, by: Person, now: datetime) -> NewInvitation:
    """An invitation for `make demo` to print; that of the last start ends."""
    cohort, _ = Cohort.objects.get_or_create(
        name=_DEMO_COHORT, defaults={"completion_code": "MUSE-THANKS", "comparisons_due": 10}
    )
    Invitation.objects.filter(cohort=cohort, note=_DEMO_COHORT, revoked_at=None).update(
        revoked_at=now
    )
    return create_invitation(
        by=by, role=Role.ANNOTATOR, cohort=cohort, most_uses=20, days=30, note=_DEMO_COHORT, now=now
    )


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
