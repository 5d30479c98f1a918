from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate_site.core.models import AuditEvent
from annotate_site.quality.log_words import action_words

_NOTHING = "–"
_MOST_SHOWN = 600


class Change(NamedTuple):
    """One field of an event, in words."""

    name: str
    before: str
    after: str


class LogRow(NamedTuple):
    event: AuditEvent
    action: str
    """What was done, in words."""
    changes: list[Change]
    has_before: bool


def log_events(
    *,
    actor: str = "",
    action: str = "",
    about: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[AuditEvent]:
    """The audit log, newest first. `actor` is a user name or "site", `until` is included."""
    events = AuditEvent.objects.select_related("actor").order_by("-at", "-pk")
    if actor:
        is_site = Q(actor__isnull=True) if actor == "site" else Q(pk__in=[])
        events = events.filter(Q(actor__username__iexact=actor) | is_site)
    if action:
        events = events.filter(action=action)
    if about:
        events = events.filter(Q(subject__icontains=about) | Q(subject_id=about))
    if since:
        events = events.filter(at__gte=_midnight(since))
    if until and until < date.max:
        events = events.filter(at__lt=_midnight(until) + timedelta(days=1))
    return events


def known_actions() -> list[str]:
    return list(AuditEvent.objects.order_by("action").values_list("action", flat=True).distinct())


def log_row(event: AuditEvent) -> LogRow:
    before, after = event.before or {}, event.after or {}
    changes = [
        Change(
            name.replace("_", " "),
            _shown(before[name]) if name in before else _NOTHING,
            _shown(after[name]) if name in after else _NOTHING,
        )
        for name in sorted({*before, *after})
    ]
    return LogRow(event, action_words(event.action), changes, has_before=bool(before))


def _shown(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return _NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and all(isinstance(part, str | int) for part in value):
        value = ", ".join(map(str, value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
