from __future__ import annotations

import secrets

from django.db import transaction
from django.utils.translation import gettext

from annotate_site.accounts.models import Cohort, Person
from annotate_site.core import audit
from annotate_site.core.exceptions import Refused

MOST_DUE = 100_000
# No letters or digits that are taken for others when they are copied by hand.
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 10


def random_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))


@transaction.atomic
def create_cohort(*, by: Person, name: str, comparisons_due: int, note: str = "") -> Cohort:
    """A cohort with a random completion code."""
    name = name.strip()
    if not name:
        raise Refused(gettext("a cohort needs a name"))
    if Cohort.objects.filter(name__iexact=name).exists():
        raise Refused(gettext("there is a cohort %(name)s already") % {"name": repr(name)})
    cohort = Cohort.objects.create(
        name=name,
        completion_code=random_code(),
        comparisons_due=_due(comparisons_due),
        note=note,
    )
    audit.record(
        actor=by,
        action="cohort.created",
        subject=cohort,
        after={"comparisons_due": cohort.comparisons_due, "note": note},
    )
    return cohort


@transaction.atomic
def change_cohort(*, cohort: Cohort, by: Person, comparisons_due: int, note: str) -> Cohort:
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    before = {"comparisons_due": cohort.comparisons_due, "note": cohort.note}
    cohort.comparisons_due, cohort.note = _due(comparisons_due), note
    after = {"comparisons_due": cohort.comparisons_due, "note": cohort.note}
    if before != after:
        cohort.save(update_fields=["comparisons_due", "note"])
        audit.record(actor=by, action="cohort.changed", subject=cohort, before=before, after=after)
    return cohort


@transaction.atomic
def renew_code(*, cohort: Cohort, by: Person) -> Cohort:
    """Another random code. Who was shown the old one may still send it to the platform."""
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    before = {"completion_code": cohort.completion_code}
    cohort.completion_code = random_code()
    cohort.save(update_fields=["completion_code"])
    audit.record(
        actor=by,
        action="cohort.code_renewed",
        subject=cohort,
        before=before,
        after={"completion_code": cohort.completion_code},
    )
    return cohort


def _due(count: int) -> int:
    if not 0 <= count <= MOST_DUE:
        raise Refused(f"{count} comparisons are not from 0 to {MOST_DUE}")
    return count
