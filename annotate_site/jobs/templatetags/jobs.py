from __future__ import annotations

import re
from datetime import timedelta

from django import template
from django.utils.translation import gettext as _

from annotate_site.core.stored_words import retold
from annotate_site.jobs.failure_words import FAILURES

register = template.Library()

_COUNTED = re.compile(r"(\d+) of (\d+): (.+)")


@register.filter
def duration(span: timedelta | None) -> str:
    """ "4 s", "3 min 20 s", "2 h 5 min"; empty for nothing."""
    if span is None:
        return ""
    seconds = max(0, round(span.total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


@register.filter
def measured(value: object) -> str:
    """A number with about four digits that count, anything else as it is."""
    if isinstance(value, bool) or value is None:
        return {True: _("yes"), False: _("no"), None: "–"}[value]
    if isinstance(value, list):
        return "; ".join(str(part) for part in value) or "–"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


@register.filter
def percent(share: float) -> str:
    """ "67 %" of 0.6667."""
    return f"{share * 100:.0f} %"


@register.filter
def failure_words(stored: str) -> str:
    return retold(stored, FAILURES)


@register.filter
def stage_words(stage: str) -> str:
    """A stage as it is stored, in the language of the page; what a subprocess names stays."""
    return " · ".join(_part_words(part) for part in stage.split(" · "))


def _part_words(part: str) -> str:
    counted = _COUNTED.fullmatch(part)
    if counted is None:
        return _(part) if part else ""
    number, total, title = counted.groups()
    return _("%(number)s of %(total)s: %(title)s") % {
        "number": number,
        "total": total,
        "title": _(title),
    }
