"""Invitations: a link lets people sign up; its token is shown once and kept as a hash only."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from annotate_site.accounts.models import Cohort, Invitation, Person, Role, Standing
from annotate_site.core import audit
from annotate_site.core.exceptions import Refused

MOST_USES = 10_000
MOST_DAYS = 365
_MOST_NOTE = 200
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# Names that the site itself gives out; a stranger who took one could pass for it.
_RESERVED = re.compile(r"(simulated|deleted)-.*|" + "|".join(Role.values), re.IGNORECASE)


class NewInvitation(NamedTuple):
    invitation: Invitation
    token: str
    """Part of the link. Shown once; only its hash is kept."""


class InvitationClosed(Refused):
    """The link does not let anybody in (any more); the sentence says why."""


def create_invitation(
    *,
    by: Person,
    role: Role | str,
    now: datetime,
    cohort: Cohort | None = None,
    most_uses: int = 1,
    days: int = 14,
    note: str = "",
) -> NewInvitation:
    """Nobody hands out more than they have: only admins invite admins."""
    if role not in Role.values:
        raise Refused(f"{role!r} is no role; expected one of {', '.join(Role.values)}")
    if not by.has_role(Role.MANAGER) or (role == Role.ADMIN and not by.has_role(Role.ADMIN)):
        raise Refused(f"a {by.role} cannot invite a {role}")
    if not 1 <= most_uses <= MOST_USES:
        raise Refused(f"an invitation is good for 1 to {MOST_USES} people, not {most_uses}")
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"an invitation lasts from 1 to {MOST_DAYS} days, not {days}")
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            token_sha256=_sha256(token),
            role=role,
            cohort=cohort,
            note=note[:_MOST_NOTE],
            most_uses=most_uses,
            expires_at=now + timedelta(days=days),
            created_by=by,
        )
        facts = {"role": str(role), "most_uses": most_uses, "days": days}
        audit.record(actor=by, action="invitation.created", subject=invitation, after=facts)
    return NewInvitation(invitation, token)


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: Person, now: datetime) -> None:
    """End an invitation. Accounts that it made stay; ending it twice changes nothing."""
    if Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=now):
        audit.record(actor=by, action="invitation.revoked", subject=invitation)


def open_invitation(*, token: str, now: datetime) -> Invitation:
    """The invitation of that token. Raises InvitationClosed when it lets nobody in."""
    invitation = (
        Invitation.objects.select_related("cohort").filter(token_sha256=_sha256(token)).first()
    )
    if invitation is None:
        raise InvitationClosed(_("This invitation is not known here. Is the link complete?"))
    if invitation.revoked_at is not None:
        raise InvitationClosed(_("This invitation has been withdrawn."))
    if invitation.expires_at <= now:
        raise InvitationClosed(_("This invitation has expired."))
    if invitation.uses >= invitation.most_uses:
        raise InvitationClosed(_("Everybody that this invitation was meant for has signed up."))
    return invitation


@transaction.atomic
def accept_invitation(
    *, token: str, username: str, password: str, now: datetime, external_id: str = ""
) -> Person:
    """Make the account that an invitation promises. Role and cohort come from the invitation.

    The counting UPDATE locks the invitation's row until the account is there, so however many
    people come at once, it is used as often as it may be and no more.
    """
    refuse_bad_external_id(external_id)
    invitation = open_invitation(token=token, now=now)
    counted = Invitation.objects.filter(
        pk=invitation.pk, revoked_at=None, uses__lt=F("most_uses")
    ).update(uses=F("uses") + 1)
    if not counted:
        raise InvitationClosed(_("Everybody that this invitation was meant for has signed up."))
    _refuse_second_account(invitation, external_id)
    is_annotator = invitation.role == Role.ANNOTATOR
    person = Person(
        username=username,
        role=invitation.role,
        cohort=invitation.cohort,
        external_id=external_id,
        standing=Standing.NEW if is_annotator else Standing.ACTIVE,
    )
    _refuse_bad_name(person)
    _refuse_weak_password(password, person)
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError:
        raise Refused(_("This user name is taken; choose another.")) from None
    return person


def refuse_bad_external_id(external_id: str) -> None:
    if external_id and not _EXTERNAL_ID.fullmatch(external_id):
        raise Refused(
            _(
                "The link carries a participant id that cannot be right. Expected are up to 64 "
                "letters, digits, dashes and underscores; please open the link again where you "
                "found it."
            )
        )


def _refuse_second_account(invitation: Invitation, external_id: str) -> None:
    """The lock on the invitation's row makes this check safe within one invitation."""
    if (
        external_id
        and Person.objects.filter(external_id=external_id, cohort=invitation.cohort).exists()
    ):
        raise Refused(
            _("There is an account for this participant id already. Please sign in with it.")
        )


def _refuse_bad_name(person: Person) -> None:
    if _RESERVED.fullmatch(person.username):
        raise Refused(_("This user name is kept for the site itself; choose another."))
    if Person.objects.filter(username__iexact=person.username).exists():
        raise Refused(_("This user name is taken; choose another."))
    try:
        person.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None


def _refuse_weak_password(password: str, person: Person) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
