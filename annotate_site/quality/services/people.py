"""What managers decide about people. Nobody is ever deleted here."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from annotate_site.accounts.models import Cohort, Person, Role, Standing
from annotate_site.accounts.services import NewPerson
from annotate_site.core import audit
from annotate_site.core.exceptions import Refused


def refuse_foreign(by: Person, person: Person) -> None:
    """Managers decide about annotators, admins about everybody but themselves."""
    if by.pk == person.pk:
        raise Refused(_("nobody decides about their own account"))
    if person.deleted_at is not None:
        raise Refused(_("this account was deleted by its owner"))
    if person.role != Role.ANNOTATOR and not by.has_role(Role.ADMIN):
        raise Refused(
            _("only an admin decides about somebody with the role “%(role)s”")
            % {"role": person.get_role_display()}
        )


@transaction.atomic
def pause_person(*, person: Person, by: Person, reason: str = "") -> Person:
    """They are given no work until somebody lets them go on."""
    return _changed(person, by, "person.paused", reason, standing=Standing.PAUSED)


@transaction.atomic
def reactivate_person(*, person: Person, by: Person, reason: str = "") -> Person:
    return _changed(person, by, "person.reactivated", reason, standing=Standing.ACTIVE)


@transaction.atomic
def restart_person(*, person: Person, by: Person, reason: str = "") -> Person:
    """Back to the way in: they read, practise and take the test again."""
    return _changed(person, by, "person.restarted", reason, standing=Standing.NEW)


@transaction.atomic
def exclude_person(*, person: Person, by: Person, reason: str = "") -> Person:
    """Weight 0: no vote of theirs counts in what is made from now on. Nothing is deleted."""
    return _changed(person, by, "person.excluded", reason, weight=0.0)


@transaction.atomic
def include_person(*, person: Person, by: Person, reason: str = "") -> Person:
    return _changed(person, by, "person.included", reason, weight=1.0)


@transaction.atomic
def move_to_cohort(*, person: Person, by: Person, cohort: Cohort | None) -> Person:
    return _changed(person, by, "person.moved", "", cohort=cohort)


@transaction.atomic
def renew_password(*, person: Person, by: Person) -> NewPerson:
    """A random password in place of a forgotten one; it is shown once. Open sessions end."""
    person = _locked(person, by)
    password = secrets.token_urlsafe(9)
    person.set_password(password)
    person.save(update_fields=["password"])
    audit.record(actor=by, action="person.password_renewed", subject=person)
    return NewPerson(person, password)


def _changed(person: Person, by: Person, action: str, reason: str, **values: object) -> Person:
    person = _locked(person, by)
    before = {name: _plain(getattr(person, name)) for name in values}
    after = {name: _plain(value) for name, value in values.items()}
    if before == after:
        return person
    for name, value in values.items():
        setattr(person, name, value)
    person.save(update_fields=list(values))
    if reason:
        after["reason"] = reason
    audit.record(actor=by, action=action, subject=person, before=before, after=after)
    return person


def _locked(person: Person, by: Person) -> Person:
    refuse_foreign(by, person)
    return Person.objects.select_for_update(of=("self",)).get(pk=person.pk)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Cohort | Standing) else value
