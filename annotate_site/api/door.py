"""The door of the loop: a WSGI application in front of Django's.

Requests of the loop that carry a token go straight to their view. They need no session, no CSRF
token, no messages and no search through all addresses of the site, which together cost more than
the answer. All others pass through to the site, and there find the same views.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_started
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from annotate_site.api.views import judging

_PATH = re.compile(
    r"/api/v1/leases(?:/(?P<lease_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/judgements"
    r"(?:/(?P<axis>[-a-zA-Z0-9_]+))?)?/?"
)
# What the site's middleware says on every answer, for answers that no browser shows.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class LoopDoor:
    def __init__(self, site: Wsgi) -> None:
        self.site = site
        self.respond = convert_exception_to_response(_routed)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ.get("HTTP_AUTHORIZATION") or not _PATH.fullmatch(environ["PATH_INFO"]):
            return self.site(environ, start_response)
        request_started.send(sender=self.__class__, environ=environ)
        response = self.respond(WSGIRequest(environ))
        headers = {**_HEADERS, **dict(response.items())}
        headers.setdefault("Content-Length", str(len(response.content)))
        start_response(f"{response.status_code} {response.reason_phrase}", list(headers.items()))
        return response  # Closing it returns the connection.


def _routed(request: HttpRequest) -> HttpResponseBase:
    translation.activate(settings.LANGUAGE_CODE)  # Else that of this thread's last page.
    request.get_host()  # Refuses host names that are not ours.
    found = _PATH.fullmatch(request.path_info)
    assert found is not None
    values = {name: value for name, value in found.groupdict().items() if value is not None}
    return _VIEWS[len(values)](request, **values)


# By how many parts of the address vary.
_VIEWS: list[Callable[..., HttpResponseBase]] = [
    judging.Leases.as_view(),
    judging.JudgementsOfLease.as_view(),
    judging.JudgementOfLease.as_view(),
]
