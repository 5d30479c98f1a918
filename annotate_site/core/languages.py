"""The language of the pages: what the person chose, else what the browser asks for."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

_YEAR_S = 365 * 24 * 3600


def languages() -> dict[str, str]:
    """Code to name."""
    return dict(settings.LANGUAGES)


def person_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a signed-in person's own choice goes before the browser's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Anonymous people have none, and neither has a session that LocaleMiddleware served well.
        language = getattr(request.user, "language", "")
        if language in languages() and language != translation.get_language():
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return get_response(request)

    return middleware


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the choice in a cookie, and with the person where somebody is signed in."""
    language = request.POST.get("language", "")
    if language not in languages():
        expected = ", ".join(languages())
        return HttpResponseBadRequest(f"language {language[:20]!r} is unknown; expected {expected}")
    response = redirect(_safe_target(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=_YEAR_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    person = request.user
    if person.is_authenticated:
        person.language = language
        person.save(update_fields=["language"])
    return response


def _safe_target(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_safe else "/"
