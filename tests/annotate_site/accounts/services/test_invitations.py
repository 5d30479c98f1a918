from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from annotate_site.accounts.models import Cohort, Invitation, Person, Role, Standing
from annotate_site.accounts.services import (
    NewInvitation,
    accept_invitation,
    create_invitation,
    open_invitation,
    renew_demo_invitation,
    revoke_invitation,
)
from annotate_site.accounts.services.invitations import InvitationClosed
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent
from tests.factories.accounts import PersonFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PASSWORD = "quiet-harbour-7"


def invited(**facts: object) -> NewInvitation:
    by = PersonFactory(role=Role.MANAGER)
    return create_invitation(**{"by": by, "role": Role.ANNOTATOR, "now": NOON} | facts)


def accepted(token: str, username: str = "ada", **facts: object) -> Person:
    given = {"username": username, "password": PASSWORD, "now": NOON} | facts
    return accept_invitation(token=token, **given)


def test_an_invitation_keeps_the_hash_of_its_token_only() -> None:
    made = invited()
    stored = Invitation.objects.values().get()
    assert stored["token_sha256"] == hashlib.sha256(made.token.encode()).hexdigest()
    assert made.token not in str(stored)
    assert len(made.token) == 32


def test_an_accepted_invitation_gives_role_cohort_and_a_way_in() -> None:
    cohort = Cohort.objects.create(name="spring")
    made = invited(cohort=cohort)
    person = accepted(made.token, external_id="5f2b_a-9")
    stored = Person.objects.get(username="ada")
    assert stored == person
    assert (stored.role, stored.cohort, stored.standing, stored.external_id) == (
        Role.ANNOTATOR,
        cohort,
        Standing.NEW,
        "5f2b_a-9",
    )
    assert stored.check_password(PASSWORD)
    made.invitation.refresh_from_db()
    assert made.invitation.uses == 1


def test_people_who_do_not_annotate_need_no_way_in() -> None:
    made = invited(role=Role.RESEARCHER)
    person = accepted(made.token)
    assert (person.role, person.standing) == (Role.RESEARCHER, Standing.ACTIVE)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"role": "emperor"}, "'emperor' is no role"),
        ({"most_uses": 0}, "good for 1 to 10000 people, not 0"),
        ({"most_uses": -1}, "good for 1 to 10000 people, not -1"),
        ({"most_uses": 10**9}, "good for 1 to 10000 people, not 1000000000"),
        ({"days": 0}, "lasts from 1 to 365 days, not 0"),
        ({"days": 10**9}, "lasts from 1 to 365 days, not 1000000000"),
        ({"role": Role.ADMIN}, "a manager cannot invite a admin"),
    ],
)
def test_create_invitation_refuses_what_makes_no_sense(facts: dict[str, object], why: str) -> None:
    with pytest.raises(Refused, match=why):
        invited(**facts)
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.RESEARCHER])
def test_create_invitation_is_for_managers_and_admins(role: Role) -> None:
    with pytest.raises(Refused, match=f"a {role} cannot invite a annotator"):
        invited(by=PersonFactory(role=role))


def test_making_and_ending_an_invitation_is_logged_once() -> None:
    made = invited(note="for the choir")
    manager = made.invitation.created_by
    for _ in range(2):
        revoke_invitation(invitation=made.invitation, by=manager, now=NOON)
    events = AuditEvent.objects.order_by("pk").values_list("action", "actor", "subject")
    assert list(events) == [
        ("invitation.created", manager.pk, "for the choir"),
        ("invitation.revoked", manager.pk, "for the choir"),
    ]


def closed(token: str, now: datetime = NOON) -> str:
    with pytest.raises(InvitationClosed) as refusal:
        open_invitation(token=token, now=now)
    with pytest.raises(InvitationClosed) as again:
        accepted(token, username="emmy", now=now)
    assert str(again.value) == str(refusal.value)
    assert not Person.objects.filter(username="emmy").exists()
    return str(refusal.value)


@pytest.mark.parametrize("token", ["", "x", "x" * 100_000, "\0", "\ud800", "'; drop table --"])
def test_an_unknown_token_opens_nothing(token: str) -> None:
    invited()
    assert closed(token) == "This invitation is not known here. Is the link complete?"


def test_an_invitation_ends_by_revocation_time_and_use() -> None:
    revoked, old, used = invited(), invited(days=1), invited()
    revoke_invitation(invitation=revoked.invitation, by=PersonFactory(role=Role.MANAGER), now=NOON)
    accepted(used.token)
    assert closed(revoked.token) == "This invitation has been withdrawn."
    assert closed(old.token, now=NOON + timedelta(days=1)) == "This invitation has expired."
    assert closed(used.token) == "Everybody that this invitation was meant for has signed up."
    assert open_invitation(token=old.token, now=NOON + timedelta(hours=23)) == old.invitation


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"username": "grace"}, "This user name is taken"),
        ({"username": "GRACE"}, "This user name is taken"),
        ({"username": ""}, "This field cannot be blank"),
        ({"username": "a b"}, "Enter a valid username"),
        ({"username": "<b>x</b>"}, "Enter a valid username"),
        ({"username": "x" * 151}, "at most 150 characters"),
        ({"username": "admin"}, "kept for the site itself"),
        ({"username": "Simulated-99"}, "kept for the site itself"),
        ({"username": "deleted-1"}, "kept for the site itself"),
        ({"password": "short"}, "too short"),
        ({"password": "password123"}, "too common"),
        ({"username": "margaret", "password": "margaret1"}, "too similar to the username"),
        ({"external_id": "a b"}, "participant id that cannot be right"),
        ({"external_id": "x" * 65}, "participant id that cannot be right"),
        ({"external_id": "{{%PROLIFIC_PID%}}"}, "participant id that cannot be right"),
        ({"external_id": "abc\n"}, "participant id that cannot be right"),
    ],
)
def test_a_refused_sign_up_uses_nothing_up(facts: dict[str, str], why: str) -> None:
    PersonFactory(username="grace")
    made = invited()
    before = Person.objects.count()
    with pytest.raises(Refused, match=why):
        accepted(made.token, **facts)
    made.invitation.refresh_from_db()
    assert (made.invitation.uses, Person.objects.count()) == (0, before)


def test_one_participant_gets_one_account_in_a_cohort() -> None:
    made = invited(most_uses=3, cohort=Cohort.objects.create(name="spring"))
    other = invited(cohort=Cohort.objects.create(name="autumn"))
    accepted(made.token, external_id="p1")
    with pytest.raises(Refused, match="There is an account for this participant id already"):
        accepted(made.token, username="ada2", external_id="p1")
    accepted(made.token, username="emmy", external_id="p2")
    accepted(other.token, username="ada-in-autumn", external_id="p1")
    made.invitation.refresh_from_db()
    assert made.invitation.uses == 2


def at_once(count: int, what: Callable[[int], None]) -> list[str]:
    """Run `what` in so many threads together; their refusals."""
    barrier = Barrier(count)

    def one(number: int) -> str:
        try:
            barrier.wait(timeout=30)
            what(number)
        except Refused as refusal:
            return str(refusal)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_thirty_who_race_for_five_uses_get_five_accounts() -> None:
    made = invited(most_uses=5)
    answers = at_once(30, lambda number: accepted(made.token, username=f"racer-{number}"))
    assert answers.count("") == 5
    assert set(answers) == {"", "Everybody that this invitation was meant for has signed up."}
    made.invitation.refresh_from_db()
    assert made.invitation.uses == 5
    assert Person.objects.filter(username__startswith="racer-").count() == 5


@pytest.mark.django_db(transaction=True)
def test_many_who_want_one_name_give_one_account_and_use_one_place() -> None:
    made = invited(most_uses=8)
    answers = at_once(8, lambda _: accepted(made.token, username="ada", external_id=""))
    assert answers.count("") == 1
    assert set(answers) == {"", "This user name is taken; choose another."}
    made.invitation.refresh_from_db()
    assert made.invitation.uses == 1


@pytest.mark.django_db(transaction=True)
def test_one_participant_who_clicks_twice_gets_one_account() -> None:
    made = invited(most_uses=8, cohort=Cohort.objects.create(name="spring"))
    answers = at_once(6, lambda n: accepted(made.token, username=f"ada-{n}", external_id="p1"))
    assert answers.count("") == 1
    assert Person.objects.filter(external_id="p1").count() == 1


def test_the_demo_invitation_replaces_that_of_the_last_start() -> None:
    manager = PersonFactory(role=Role.MANAGER)
    first = renew_demo_invitation(by=manager, now=NOON)
    second = renew_demo_invitation(by=manager, now=NOON)
    assert closed(first.token) == "This invitation has been withdrawn."
    assert open_invitation(token=second.token, now=NOON).role == Role.ANNOTATOR
    assert Cohort.objects.count() == 1
