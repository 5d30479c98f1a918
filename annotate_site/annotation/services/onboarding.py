"""What a newcomer does before the first comparison: agree, read, listen, pass the test."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.models import DocumentKind, Purpose
from annotate_site.annotation.services.documents import newest_versions
from annotate_site.annotation.services.leases import lock_annotator
from annotate_site.annotation.services.project import current_project
from annotate_site.annotation.services.training import TrainingProgress, training_progress
from annotate_site.core import audit
from annotate_site.core.exceptions import Refused


def agree(*, person: Person, version: int, now: datetime) -> None:
    """Store consent to the newest version. Raises Refused when `version` is another one."""
    _refuse_other_version(DocumentKind.CONSENT, version)
    Person.objects.filter(pk=person.pk).update(consent_version=version, consented_at=now)
    person.consent_version, person.consented_at = version, now


def note_instructions_read(*, person: Person, version: int) -> None:
    """The version is stamped on the votes from now on."""
    _refuse_other_version(DocumentKind.INSTRUCTIONS, version)
    Person.objects.filter(pk=person.pk).update(instructions_version=version)
    person.instructions_version = version


def note_volume_checked(*, person: Person, now: datetime) -> None:
    Person.objects.filter(pk=person.pk, volume_checked_at=None).update(volume_checked_at=now)
    person.volume_checked_at = person.volume_checked_at or now


@transaction.atomic
def settle_test(*, person: Person) -> TrainingProgress:
    """Once the test is complete: let the newcomer in, or not. Says how the test went.

    Without any test question everybody is let in. The steps before the test are the caller's
    matter; see onboarding.steps.
    """
    lock_annotator(person)
    project = current_project()
    progress = training_progress(person=person, purpose=Purpose.QUALIFICATION, project=project)
    if not progress.is_complete:
        return progress
    passed = progress.right >= progress.asked * project.qualify_share - 1e-9
    standing = Standing.ACTIVE if passed else Standing.FAILED
    newcomer = Person.objects.filter(pk=person.pk, standing=Standing.NEW)
    if newcomer.update(standing=standing):
        audit.record(
            actor=None,
            action="person.qualified" if passed else "person.failed",
            subject=person,
            before={"standing": str(Standing.NEW)},
            after={"standing": str(standing), "right": progress.right, "of": progress.asked},
        )
    person.refresh_from_db(fields=["standing"])
    return progress


def _refuse_other_version(kind: DocumentKind, version: int) -> None:
    newest = newest_versions().get(kind, 0)
    if version != newest or not newest:
        raise Refused(_("this text has changed in the meantime; please read the new one"))
