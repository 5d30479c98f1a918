"""The end of an account: everything that names the person goes, the row stays as a tombstone."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _
from knox.models import AuthToken

from annotate_site.accounts import throttle
from annotate_site.accounts.models import Person, Role
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent

_DELETED_PREFIX = "deleted-"


@transaction.atomic
def erase_person(*, person: Person, withdraws: bool, now: datetime) -> None:
    """Remove name, password, addresses, sessions and tokens of `person`.

    With `withdraws` the answers get weight 0, so that later snapshots leave them out.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    if person.deleted_at is not None:
        return
    _refuse_the_last_admin(person)
    name = person.username
    AuthToken.objects.filter(user=person).delete()
    _end_sessions(person)
    throttle.forget(username=name)
    # The tombstone's name is random: made from the pseudonym it would show in exports.
    person.username = f"{_DELETED_PREFIX}{secrets.token_hex(6)}"
    person.first_name = person.last_name = person.email = person.external_id = ""
    person.language = ""
    person.last_login = None
    person.is_active = person.is_staff = person.is_superuser = False
    person.deleted_at = now
    if withdraws:
        person.weight = 0
    person.set_unusable_password()
    person.save()
    # The log keeps what was done, under the name that is left.
    AuditEvent.objects.filter(subject=name, subject_id=str(person.pk)).update(
        subject=person.username
    )


def _refuse_the_last_admin(person: Person) -> None:
    if person.role != Role.ADMIN:
        return
    others = Person.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=person.pk)
    if not others.exists():
        raise Refused(_("you are the only admin; make somebody else an admin first"))


def _end_sessions(person: Person) -> None:
    """A session names its person inside its signed text only, so all have to be read."""
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()
