from __future__ import annotations

from django import template

from annotate_site.core.stored_words import retold
from annotate_site.datasets.failure_words import FAILURES

register = template.Library()


@register.filter
def snapshot_failure(stored: str) -> str:
    return retold(stored, FAILURES)
