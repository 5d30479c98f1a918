from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from knox.models import AuthToken

from annotate_site.accounts.models import Person, Role
from annotate_site.accounts.services import (
    create_person,
    create_token,
    renew_demo_people,
    revoke_token,
    simulated_annotators,
)
from annotate_site.core.exceptions import Refused
from tests.factories.accounts import PersonFactory

pytestmark = pytest.mark.django_db


def test_create_person_makes_up_a_password_that_works() -> None:
    first = create_person(username="ada", role=Role.RESEARCHER)
    second = create_person(username="emmy", role=Role.RESEARCHER)
    assert first.person.check_password(first.password)
    assert first.password != second.password
    assert len(first.password) >= 12
    assert first.person.pseudonym != second.person.pseudonym


def test_create_person_keeps_a_given_password() -> None:
    made = create_person(username="ada", role=Role.MANAGER, password="a long one")
    assert (made.password, made.person.check_password("a long one")) == ("a long one", True)


def test_create_person_refuses_a_taken_name() -> None:
    create_person(username="ada", role=Role.MANAGER)
    with pytest.raises(Refused, match="the user name 'ada' is taken; choose another"):
        create_person(username="ada", role=Role.ANNOTATOR)
    assert Person.objects.count() == 1


@pytest.mark.parametrize("facts", [{"role": "emperor"}, {"weight": -1}])
def test_people_of_an_unknown_role_or_negative_weight_cannot_be_stored(
    facts: dict[str, object],
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PersonFactory(**facts)


def test_simulated_annotators_are_made_once_and_cannot_sign_in() -> None:
    first = simulated_annotators(count=2)
    again = simulated_annotators(count=3)
    assert [person.username for person in again] == [f"simulated-0{n}" for n in (1, 2, 3)]
    assert again[:2] == first
    assert [person.has_usable_password() for person in again] == [False] * 3
    assert {(person.role, person.is_simulated) for person in again} == {(Role.ANNOTATOR, True)}


def test_simulated_annotators_never_takes_a_person_who_has_that_name() -> None:
    PersonFactory(username="simulated-01")
    assert [person.username for person in simulated_annotators(count=2)] == ["simulated-02"]


def test_renew_demo_people_gives_each_role_a_fresh_password() -> None:
    before = renew_demo_people()
    after = renew_demo_people()
    assert list(after) == list(Role)
    assert [after[role].person for role in Role] == [before[role].person for role in Role]
    for role in Role:
        person = Person.objects.get(username=role.value)
        assert person.role == role
        assert person.check_password(after[role].password)
        assert not person.check_password(before[role].password)


def test_create_token_stores_no_plain_text() -> None:
    person = PersonFactory()
    plain = create_token(person=person, days=7)
    stored = AuthToken.objects.get(user=person)
    assert plain.startswith("mp_")
    assert plain not in {stored.digest, stored.token_key}
    assert round((stored.expiry - stored.created).total_seconds()) == 7 * 86_400


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
def test_create_token_refuses_a_time_without_sense(days: int) -> None:
    with pytest.raises(Refused, match=f"a token lasts from 1 to 365 days, not {days}"):
        create_token(person=PersonFactory(), days=days)
    assert AuthToken.objects.count() == 0


def test_revoke_token_deletes_own_tokens_only() -> None:
    owner, stranger = PersonFactory(), PersonFactory()
    create_token(person=owner, days=1)
    digest = AuthToken.objects.get().digest
    revoke_token(person=stranger, digest=digest)
    assert AuthToken.objects.filter(user=owner).count() == 1
    revoke_token(person=owner, digest="unknown")
    revoke_token(person=owner, digest=digest)
    assert AuthToken.objects.count() == 0


@pytest.mark.parametrize(
    ("role", "asked", "may"),
    [
        (Role.MANAGER, [Role.MANAGER], True),
        (Role.RESEARCHER, [Role.MANAGER], False),
        (Role.RESEARCHER, [Role.MANAGER, Role.RESEARCHER], True),
        (Role.ANNOTATOR, [Role.MANAGER, Role.RESEARCHER], False),
        (Role.ADMIN, [Role.ANNOTATOR], True),
    ],
)
def test_has_role_lets_admins_do_everything(role: Role, asked: list[Role], may: bool) -> None:
    assert PersonFactory.build(role=role).has_role(*asked) == may


def test_has_role_lets_superusers_do_everything() -> None:
    assert PersonFactory.build(is_superuser=True).has_role(Role.MANAGER)
