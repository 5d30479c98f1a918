"""The pages of the way in. Each asks where the person stands, and leads on when that is elsewhere.

All of it works without scripts, survives a reload, and can be left and taken up again.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from annotate_site.accounts.models import Person
from annotate_site.accounts.permissions import person_of
from annotate_site.annotation.models import Document, DocumentKind
from annotate_site.annotation.onboarding.forms import BeepsForm, ConsentForm, ReadForm
from annotate_site.annotation.onboarding.steps import Step, next_step, page_of, way_of
from annotate_site.annotation.onboarding.tone import LEAST_BEEPS, MOST_BEEPS, tone
from annotate_site.annotation.services.documents import (
    FALLBACK_LANGUAGE,
    current_document,
    render_markdown,
)
from annotate_site.annotation.services.onboarding import (
    agree,
    note_instructions_read,
    note_volume_checked,
    settle_test,
)
from annotate_site.catalog.byte_ranges import NotSatisfiable, parse_range
from annotate_site.core.exceptions import Refused

_JUDGE = "annotation:judge"
_SESSION_KEY = "volume_check"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    def accept(version: int) -> None:
        agree(person=person_of(request), version=version, now=timezone.now())

    read = person_of(request).consent_version
    return _text_page(request, Step.CONSENT, ConsentForm, accept, read=read)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def instructions(request: HttpRequest) -> HttpResponse:
    def accept(version: int) -> None:
        note_instructions_read(person=person_of(request), version=version)

    read = person_of(request).instructions_version
    return _text_page(request, Step.INSTRUCTIONS, ReadForm, accept, read=read)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sound(request: HttpRequest) -> HttpResponse:
    """Count the beeps; after a wrong number there are others. May be done again at any time."""
    form = BeepsForm(request.POST or None)
    check = _volume_check(request)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["beeps"] == check["beeps"]:
            del request.session[_SESSION_KEY]
            note_volume_checked(person=person_of(request), now=timezone.now())
            return redirect(_JUDGE)
        check = _volume_check(request, attempt=check["attempt"] + 1)
        form = BeepsForm()
        wrong = _("It was another number. Please turn the volume up and listen once more.")
        return _page(request, Step.SOUND, form=form, attempt=check["attempt"], error=wrong)
    return _page(request, Step.SOUND, form=form, attempt=check["attempt"])


@never_cache
@require_safe
def sound_tone(request: HttpRequest) -> HttpResponse:
    """The beeps of the person's check. Players ask for ranges; some play nothing without them."""
    content = tone(_volume_check(request)["beeps"])
    headers = {"Accept-Ranges": "bytes", "X-Content-Type-Options": "nosniff"}
    try:
        part = parse_range(request.headers.get("Range", ""), len(content))
    except NotSatisfiable:
        headers["Content-Range"] = f"bytes */{len(content)}"
        return HttpResponse(status=416, headers=headers)
    if part is None:
        return HttpResponse(content, content_type="audio/wav", headers=headers)
    headers["Content-Range"] = f"bytes {part.first}-{part.last}/{len(content)}"
    body = content[part.first : part.last + 1]
    return HttpResponse(body, status=206, content_type="audio/wav", headers=headers)


@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """The end of the way. Looking at it lets the newcomer in, as often as that is asked for."""
    person = person_of(request)
    step = next_step(person)
    if step != Step.DONE:
        return redirect(f"annotation:{page_of(step)}")
    progress = settle_test(person=person)
    if next_step(person) == Step.CLOSED:
        return redirect(f"annotation:{page_of(Step.CLOSED)}")
    return render(request, "onboarding/done.html", {"progress": progress})


@never_cache
@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    if next_step(person) != Step.CLOSED:
        return redirect(_JUDGE)
    return render(request, "onboarding/closed.html", {"standing": person.standing})


def _text_page(
    request: HttpRequest,
    step: Step,
    form_class: type[forms.Form],
    accept: Callable[[int], None],
    *,
    read: int | None,
) -> HttpResponse:
    """A text that is accepted in the version shown. read: the version accepted before."""
    document = _document(DocumentKind(step.value))
    form = form_class(request.POST or None, initial={"version": document.version})
    if request.method == "POST" and form.is_valid():
        try:
            accept(form.cleaned_data["version"])
        except Refused as refusal:
            # The form anew, for the text that is shown now.
            form = form_class(initial={"version": document.version})
            return _page(request, step, document=document, form=form, error=str(refusal))
        return redirect(_JUDGE)
    return _page(
        request,
        step,
        document=document,
        form=form,
        is_due=read != document.version,
        is_new_version=bool(read),
    )


def _document(kind: DocumentKind) -> Document:
    document = current_document(kind, get_language() or FALLBACK_LANGUAGE)
    if document is None:
        raise Http404(f"there is no text of the kind {kind}")
    return document


def _page(request: HttpRequest, step: Step, *, error: str = "", **context: Any) -> HttpResponse:
    """Render the page of a step; a newcomer who is not there yet is led to their own step."""
    person = person_of(request)
    if _is_ahead(person, step):
        return redirect(f"annotation:{page_of(next_step(person))}")
    if document := context.get("document"):
        context["html"] = render_markdown(document.text)
    context |= {"way": way_of(person, step), "error": error}
    context.setdefault("is_due", True)
    status = 409 if error and step != Step.SOUND else 200
    return render(request, f"onboarding/{step.value}.html", context, status=status)


def _is_ahead(person: Person, step: Step) -> bool:
    """Whether steps before this one are still to be done. Going back is always possible."""
    order = list(Step)
    now = next_step(person)
    return now != Step.CLOSED and order.index(step) > order.index(now)


def _volume_check(request: HttpRequest, *, attempt: int = 0) -> dict[str, int]:
    """The number of beeps that this session is to hear; a new one for a new attempt."""
    check = request.session.get(_SESSION_KEY)
    if check is None or attempt:
        others = [n for n in range(LEAST_BEEPS, MOST_BEEPS + 1) if n != (check or {}).get("beeps")]
        check = {"beeps": random.choice(others), "attempt": attempt}
        request.session[_SESSION_KEY] = check
    return dict(check)
