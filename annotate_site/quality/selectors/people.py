from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count, Max, Q, QuerySet

from annotate_site.accounts.models import Cohort, Invitation, Person
from annotate_site.annotation.models import Judgement, Purpose, Side
from annotate_site.annotation.verdicts import chosen_side
from annotate_site.core.models import AuditEvent

_RECENT = 30


def people_list(
    *,
    search: str = "",
    role: str = "",
    standing: str = "",
    cohort: int | None = None,
    excluded: bool = False,
) -> QuerySet[Person]:
    """People by name with `n_completed` and `last_at`: comparisons completed as work."""
    work = Q(leases__completed_at__isnull=False, leases__purpose=Purpose.WORK)
    people = Person.objects.select_related("cohort").annotate(
        n_completed=Count("leases", filter=work), last_at=Max("leases__completed_at", filter=work)
    )
    if search:
        people = people.filter(Q(username__icontains=search) | Q(external_id__icontains=search))
    if role:
        people = people.filter(role=role)
    if standing:
        people = people.filter(standing=standing)
    if cohort:
        people = people.filter(cohort=cohort)
    if excluded:
        people = people.filter(weight=0)
    return people.order_by("deleted_at", "username")


def invitations_newest_first() -> QuerySet[Invitation]:
    return Invitation.objects.select_related("cohort", "created_by").order_by("-created_at", "-pk")


def cohorts_with_counts() -> QuerySet[Cohort]:
    """Cohorts by name with `n_people`."""
    return Cohort.objects.annotate(n_people=Count("people")).order_by("name")


class RecentAnswer(NamedTuple):
    judgement: Judgement
    choice: str
    """first, second, tie or cannot_tell."""


def recent_answers(person: Person) -> list[RecentAnswer]:
    """The newest answers of work, undone ones too: they are marked."""
    judgements = (
        Judgement.objects.filter(lease__annotator=person)
        .select_related("lease__comparison__clip")
        .order_by("-created_at")[:_RECENT]
    )
    return [RecentAnswer(row, choice_of(row.verdict, row.lease.left)) for row in judgements]


def choice_of(verdict: str, left: str) -> str:
    """A verdict with its sides undone."""
    side = chosen_side(verdict, left)
    return verdict if side is None else Side(side).value


def events_about(person: Person) -> QuerySet[AuditEvent]:
    """What was done to this person, newest first."""
    return (
        AuditEvent.objects.filter(action__startswith="person.", subject_id=str(person.pk))
        .select_related("actor")
        .order_by("-at", "-pk")
    )
