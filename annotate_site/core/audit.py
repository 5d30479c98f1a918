"""The audit log: every change that a manager or admin makes leaves a row."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from annotate_site.core.models import AuditEvent


def record(
    *,
    actor: Any,
    action: str,
    subject: Model | str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Add a row, in the transaction of the change itself.

    `actor` is a Person, or None for the site. Of `before` and `after` only what differs is kept.
    """
    if before is not None and after is not None:
        changed = {key for key in {*before, *after} if before.get(key) != after.get(key)}
        before = {key: value for key, value in before.items() if key in changed}
        after = {key: value for key, value in after.items() if key in changed}
    return AuditEvent.objects.create(
        actor=actor,
        action=action,
        subject=str(subject)[:200],
        subject_id=str(subject.pk) if isinstance(subject, Model) else "",
        before=before,
        after=after,
    )
