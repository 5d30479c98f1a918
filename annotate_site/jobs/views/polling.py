from __future__ import annotations

from django.http import HttpRequest


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks, and wants the page's fragment; set by HtmxMiddleware."""
    return bool(getattr(request, "htmx", False))
