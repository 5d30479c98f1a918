"""The door of the loop: a WSGI application in front of Django's.

Requests of the loop go straight to their view: those of the API that carry a token, and what the
judging page's scripts send. They need no messages, no menu and no search through all addresses of
the site, which together cost more than the answer. All others pass through to the site, and there
find the same views.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_started
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import translation
from rest_framework.response import Response

from annotate_site.accounts.sessions import plainly_signed_in
from annotate_site.annotation import views as pages
from annotate_site.api.views import judging
from annotate_site.core.languages import languages

_PATH = re.compile(
    r"/api/v1/leases(?:/(?P<lease_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/judgements"
    r"(?:/(?P<axis>[-a-zA-Z0-9_]+))?)?/?"
)
# By method and address, what the judging page's scripts call for every comparison.
_OF_THE_PAGE: dict[tuple[str, str], Callable[[HttpRequest], HttpResponseBase]] = {
    ("POST", "/judge/answer/"): pages.answer,
    ("GET", "/judge/ahead/"): pages.ahead,
}
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
        self.respond_to_page = convert_exception_to_response(_routed_to_page)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_AUTHORIZATION") and _PATH.fullmatch(environ["PATH_INFO"]):
            respond = self.respond
        elif _is_of_the_page(environ):
            respond = self.respond_to_page
        else:
            return self.site(environ, start_response)
        request_started.send(sender=self.__class__, environ=environ)
        try:
            response = cast(HttpResponse, respond(WSGIRequest(environ)))
        except _ForTheSite:  # Nothing of the body has been read.
            return self.site(environ, start_response)
        if isinstance(response, Response):  # Of the framework, to a method that it refuses.
            response.render()
        headers = {**_HEADERS, **dict(response.items())}
        headers.setdefault("Content-Length", str(len(response.content)))
        start_response(f"{response.status_code} {response.reason_phrase}", list(headers.items()))
        return response  # Closing it returns the connection.


class _ForTheSite(BaseException):
    """Not an error: whoever asks needs a closer look. (So that no handler of errors sees it.)"""


def _is_of_the_page(environ: dict[str, Any]) -> bool:
    place = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    return (
        place in _OF_THE_PAGE
        and "HTTP_COOKIE" in environ
        and (place[0] == "GET" or environ.get("HTTP_ACCEPT") == "application/json")
    )


def _routed_to_page(request: HttpRequest) -> HttpResponseBase:
    request.get_host()
    person = plainly_signed_in(request)
    if person is None or settings.CSRF_COOKIE_NAME not in request.COOKIES:
        raise _ForTheSite
    request.user = person
    language = person.language
    if language not in languages():
        language = translation.get_language_from_request(request)
    translation.activate(language)
    view = _OF_THE_PAGE[request.method or "", request.path_info]
    _csrf.process_request(request)
    return _csrf.process_view(request, view, (), {}) or view(request)


_csrf = CsrfViewMiddleware(lambda request: HttpResponse())


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
