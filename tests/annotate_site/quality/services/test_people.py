from __future__ import annotations

import pytest
from django.test import Client

from annotate_site.accounts.models import Cohort, Person, Role
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent
from annotate_site.datasets.agreement import agreement_by_axis
from annotate_site.datasets.votes import vote_of
from annotate_site.quality.services import people as services
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import completed_lease

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("service", "action", "field", "value"),
    [
        (services.pause_person, "person.paused", "standing", "paused"),
        (services.restart_person, "person.restarted", "standing", "new"),
        (services.exclude_person, "person.excluded", "weight", 0.0),
    ],
)
def test_decisions_are_stored_and_told_in_the_log(manager, service, action, field, value) -> None:
    person = PersonFactory(username="ada")
    before = getattr(person, field)
    service(person=person, by=manager, reason="too fast")
    assert getattr(Person.objects.get(username="ada"), field) == value
    (event,) = AuditEvent.objects.all()
    assert (event.actor, event.action, event.subject_id) == (manager, action, str(person.pk))
    assert event.before == {field: before}
    assert event.after == {field: value, "reason": "too fast"}


def test_exclusion_is_taken_back_as_if_it_had_not_been(manager) -> None:
    lease = completed_lease()
    before = Person.objects.filter(pk=lease.annotator_id).values().get()
    services.exclude_person(person=lease.annotator, by=manager)
    lease.annotator.refresh_from_db()
    excluded = [vote_of(row) for row in lease.judgements.all()]
    assert {vote.annotator_weight for vote in excluded} == {0.0}
    assert set(agreement_by_axis(excluded).values()) == {None}
    services.include_person(person=lease.annotator, by=manager)
    assert Person.objects.filter(pk=lease.annotator_id).values().get() == before
    assert lease.judgements.count() == 3


def test_doing_it_twice_is_told_once(manager) -> None:
    person = PersonFactory()
    services.exclude_person(person=person, by=manager)
    services.exclude_person(person=person, by=manager)
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize("role", [Role.MANAGER, Role.RESEARCHER, Role.ADMIN])
def test_managers_decide_about_annotators_only(manager, role) -> None:
    other = PersonFactory(role=role)
    for service in (services.pause_person, services.exclude_person, services.renew_password):
        with pytest.raises(Refused, match="only an admin decides about somebody"):
            service(person=other, by=manager)
    assert AuditEvent.objects.count() == 0


def test_admins_decide_about_all_but_themselves() -> None:
    admin, manager = PersonFactory(role=Role.ADMIN), PersonFactory(role=Role.MANAGER)
    services.pause_person(person=manager, by=admin)
    with pytest.raises(Refused, match="nobody decides about their own account"):
        services.pause_person(person=admin, by=admin)


def test_a_deleted_account_is_left_alone(manager) -> None:
    person = PersonFactory(deleted_at="2026-01-01T00:00Z")
    with pytest.raises(Refused, match="deleted by its owner"):
        services.reactivate_person(person=person, by=manager)


def test_a_new_password_ends_open_sessions_and_is_not_in_the_log(manager) -> None:
    person = PersonFactory(username="ada")
    client = Client()
    client.force_login(person)
    fresh = services.renew_password(person=person, by=manager)
    assert Client().login(username="ada", password=fresh.password)
    assert client.get("/you/").status_code == 302
    assert fresh.password not in str(AuditEvent.objects.values())


def test_moving_to_a_cohort(manager) -> None:
    cohort, person = Cohort.objects.create(name="spring"), PersonFactory()
    services.move_to_cohort(person=person, by=manager, cohort=cohort)
    assert Person.objects.get(pk=person.pk).cohort == cohort
    assert AuditEvent.objects.get().after == {"cohort": "spring"}
    services.move_to_cohort(person=person, by=manager, cohort=None)
    assert AuditEvent.objects.last().after == {"cohort": None}
