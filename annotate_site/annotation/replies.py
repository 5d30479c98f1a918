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
from django.views.decorators.http import require_POST

from annotate_site.accounts.models import Person
from annotate_site.accounts.permissions import person_of
from annotate_site.annotation.forms import first_error
from annotate_site.annotation.models import Lease
from annotate_site.core.exceptions import Refused

CONFLICT = 409

Change = Callable[[Person, dict[str, Any], datetime], dict[str, Any]]


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
            form = form_class(request.POST)
            if not form.is_valid():
                return _refused(request, first_error(form), now)
            try:
                told = change(person, form.cleaned_data, now)
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
