"""How much better: said with the answer, or by a second press right after it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Judgement, Lease, Verdict
from annotate_site.annotation.selectors import last_answer
from annotate_site.annotation.services.judgements import STRENGTHS
from annotate_site.core.exceptions import Refused


@transaction.atomic
def change_strength(*, annotator: Person, lease_id: UUID, axis: str, strength: int) -> Judgement:
    """Change the strength of the annotator's newest answer; the same again changes nothing."""
    if strength not in STRENGTHS:
        raise Refused(f"strength {strength} is unknown; expected 1 (better) or 2 (much better)")
    lease = Lease.objects.select_for_update().filter(pk=lease_id, annotator=annotator).first()
    newest = last_answer(annotator)
    if lease is None or newest is None or (newest.lease_id, newest.axis) != (lease.pk, axis):
        raise Refused(_("only your newest answer can be changed; undo others"))
    if newest.verdict not in {Verdict.LEFT, Verdict.RIGHT}:
        raise Refused(_("a strength goes with left or right only"))
    newest.strength = strength
    newest.save(update_fields=["strength"])
    return newest
