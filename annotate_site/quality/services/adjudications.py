from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Adjudication, AxisChoice, Comparison
from annotate_site.core import audit
from annotate_site.core.exceptions import Refused
from annotate_site.quality.models import Referral

OPEN = "open"
"""Instead of a verdict: take back what was decided."""
MOST_NOTE = 1000


@transaction.atomic
def refer(*, comparison: Comparison, axis: str, by: Person, origin: str) -> bool:
    """Put one axis of a comparison into the queue; False when it had been put there before.

    origin: what speaks for it, for the log.
    """
    if axis not in AxisChoice.values:
        raise Refused(f"{axis!r} is no axis")
    _, is_new = Referral.objects.get_or_create(
        comparison=comparison, axis=axis, defaults={"referred_by": by}
    )
    if is_new:
        audit.record(
            actor=by,
            action="comparison.referred",
            subject=comparison,
            after={"axis": axis, "origin": origin},
        )
    return is_new


@transaction.atomic
def settle(
    *, comparison: Comparison, by: Person, verdicts: Mapping[str, str], note: str = ""
) -> list[str]:
    """Decide axes of a comparison, or take decisions back; returns the axes that changed."""
    if len(note) > MOST_NOTE:
        raise Refused(
            gettext("a note of %(n)s characters is too long; %(most)s are the most")
            % {"n": len(note), "most": MOST_NOTE}
        )
    known_verdicts = {value for value, _ in Adjudication._meta.get_field("verdict").flatchoices}
    for axis, verdict in verdicts.items():
        if axis not in AxisChoice.values:
            raise Refused(f"{axis!r} is no axis")
        if verdict not in {*known_verdicts, OPEN}:
            raise Refused(f"verdict {verdict!r} is unknown")
    # The comparison's row keeps two managers from deciding at once.
    Comparison.objects.select_for_update(no_key=True).get(pk=comparison.pk)
    stored = {row.axis: row for row in Adjudication.objects.filter(comparison=comparison)}
    before = {axis: row.verdict for axis, row in stored.items()}
    changed = [axis for axis, verdict in verdicts.items() if verdict != before.get(axis, OPEN)]
    for axis in changed:
        _store(comparison, by, axis, verdicts[axis], note)
    if changed:
        audit.record(
            actor=by,
            action="comparison.settled",
            subject=comparison,
            before={axis: before.get(axis, OPEN) for axis in changed},
            after={axis: verdicts[axis] for axis in changed} | ({"note": note} if note else {}),
        )
    return changed


def _store(comparison: Comparison, by: Person, axis: str, verdict: str, note: str) -> None:
    if verdict == OPEN:
        Adjudication.objects.filter(comparison=comparison, axis=axis).delete()
        return
    Adjudication.objects.update_or_create(
        comparison=comparison,
        axis=axis,
        defaults={"verdict": verdict, "note": note, "decided_by": by},
    )
