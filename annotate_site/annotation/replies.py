"""How the judging page's views answer: a script gets facts, a plain form is sent on to the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.defaultfilters import capfirst
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate_site.accounts.models import Person
from annotate_site.accounts.permissions import person_of
from annotate_site.annotation.forms import first_error
from annotate_site.annotation.models import Lease
from annotate_site.core.exceptions import Refused

CONFLICT = 409
MOST_BODY_BYTES = 16 * 1024
_CSRF_FIELD = "csrfmiddlewaretoken"

Change = Callable[[Person, dict[str, Any], datetime], dict[str, Any]]


def values_of(request: HttpRequest, form_class: type[forms.Form]) -> dict[str, Any]:
    """What was sent, checked. Raises Refused that says what is wrong with it."""
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > MOST_BODY_BYTES:
        raise Refused(_("this is larger than %(most)s bytes") % {"most": MOST_BODY_BYTES})
    for name in request.POST:
        if name not in form_class.base_fields and name != _CSRF_FIELD:
            told = _("there is no field “%(name)s”; whose answer it is follows from the session")
            raise Refused(told % {"name": name[:40]})
    form = form_class(request.POST)
    if not form.is_valid():
        raise Refused(first_error(form))
    return form.cleaned_data


def sentence(text: str) -> str:
    return capfirst(text).rstrip(".") + "."


def changing(form_class: type[forms.Form]) -> Callable[[Change], Callable[..., HttpResponse]]:
    """A view of POST that checks the form, makes the change, and says what came of it.

    The change returns what a script is told, or raises Refused.
    """

    def decorate(change: Change) -> Callable[..., HttpResponse]:
        @require_POST
        @wraps(change)
        def view(request: HttpRequest) -> HttpResponse:
            person, now = person_of(request), timezone.now()
            try:
                told = change(person, values_of(request, form_class), now)
            except Refused as error:
                return _refused(request, str(error), now)
            return JsonResponse(told) if _is_script(request) else redirect("annotation:judge")

        return view

    return decorate


def _refused(request: HttpRequest, reason: str, now: datetime) -> HttpResponse:
    reason = sentence(reason)
    if not _is_script(request):
        messages.error(request, reason)
        return redirect("annotation:judge")
    told = {"error": reason, "retry_s": _seconds_until_open(request, now)}
    return JsonResponse(told, status=CONFLICT)


def _seconds_until_open(request: HttpRequest, now: datetime) -> float | None:
    """When the only trouble is that it is too early, how long to wait before sending again."""
    lease_id = forms.UUIDField(required=False)
    try:
        lease = Lease.objects.filter(
            pk=lease_id.clean(request.POST.get("lease")),
            annotator=person_of(request),
            opens_at__gt=now,
            lost_at=None,
        ).first()
    except forms.ValidationError:
        return None
    return (lease.opens_at - now).total_seconds() if lease else None


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"
