"""The judging page: one comparison, its questions one after the other, then the next comparison.

With scripts (static/judge/) the page goes on by itself and sends the answers behind it; the next
comparison is fetched ahead. Without them, every answer is a form that leads back to the page.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.forms import UUIDField, ValidationError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

from annotate_site.accounts.models import Person
from annotate_site.accounts.permissions import person_of
from annotate_site.annotation import services
from annotate_site.annotation.daily import today_of
from annotate_site.annotation.forms import JudgementForm, SkipForm, StrengthForm, UndoForm
from annotate_site.annotation.judge_page import judge_page
from annotate_site.annotation.models import Judgement, Lease
from annotate_site.annotation.onboarding.steps import onboarding_redirect, step_before_work
from annotate_site.annotation.page_words import page_words
from annotate_site.annotation.replies import changing, sentence
from annotate_site.annotation.selectors import last_answer, own_progress
from annotate_site.core.exceptions import Refused


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails


@never_cache
@require_safe
def judge(request: HtmxRequest) -> HttpResponse:
    if step := onboarding_redirect(person_of(request)):
        return step
    person, now = person_of(request), timezone.now()
    try:
        lease, refusal = services.next_lease(annotator=person, now=now), ""
    except Refused as error:
        lease, refusal = None, sentence(str(error))
    context = _context(person, lease, now) | {"refusal": refusal}
    if request.htmx:
        return render(request, "annotation/judge.html#comparison", context)
    return render(request, "annotation/judge.html", context | {"words": page_words()})


@never_cache
@require_safe
def ahead(request: HttpRequest) -> HttpResponse:
    """The comparison after the one in hand, to be kept ready; 204 when there is none.

    There is none for those who have a newer text to read: the page then asks for its next, and is
    led to the text.
    """
    person, now = person_of(request), timezone.now()
    if step_before_work(person) is not None:
        return HttpResponse(status=204)
    try:
        behind_id = UUIDField().clean(request.GET.get("behind"))
    except ValidationError:
        return HttpResponse(status=204)
    lease = services.lease_ahead(annotator=person, behind_id=behind_id, now=now)
    if lease is None:
        return HttpResponse(status=204)
    context = {
        "page": judge_page(lease=lease, now=now, last=None),
        # The page carries the numbers over, and the last answer's reply changes them.
        "progress": {"cap": services.current_project().daily_cap},
        "csrf_token": get_token(request),
    }
    # Without the request, because what every page is given would cost more than the comparison.
    return HttpResponse(render_to_string("annotation/judge.html#comparison", context))


@changing(JudgementForm)
def answer(person: Person, values: dict[str, Any], now: datetime) -> dict[str, Any]:
    lease_id = values.pop("lease")
    submission = services.submit_judgement(
        annotator=person, lease_id=lease_id, now=now, on_page=True, **values
    )
    told: dict[str, Any] = {"next_axis": submission.next_axis}
    if submission.done is not None:
        # Without what waits, which would have to be counted: the page counts it down.
        cap = services.current_project().daily_cap
        told |= {"progress": submission.done._asdict() | {"cap": cap}}
    elif submission.next_axis is None:
        told |= {"progress": _progress(person, now)}
    return told


@changing(StrengthForm)
def strength(person: Person, values: dict[str, Any], now: datetime) -> dict[str, Any]:
    changed = services.change_strength(
        annotator=person,
        lease_id=values["lease"],
        axis=values["axis"],
        strength=values["strength"],
    )
    return {"strength": changed.strength}


@changing(UndoForm)
def undo(person: Person, values: dict[str, Any], now: datetime) -> dict[str, Any]:
    judgement_id = values["judgement"]
    if judgement_id is None:
        given = Judgement.objects.filter(
            lease=values["lease"], lease__annotator=person, axis=values["axis"]
        )
        newest = given.order_by("-created_at").first()
        if newest is None:
            raise Refused(_("there is no such answer to undo"))
        if newest.undone_at is not None:
            return {}  # Sent twice: it is done.
        judgement_id = newest.pk
    if services.undo_last(annotator=person, now=now, judgement_id=judgement_id) is None:
        raise Refused(_("there is nothing to undo any more"))
    return {"progress": _progress(person, now)}


@changing(SkipForm)
def _skip(person: Person, values: dict[str, Any], now: datetime) -> dict[str, Any]:
    services.skip_lease(
        annotator=person,
        lease_id=values["lease"],
        reason=values["reason"],
        note=values["note"],
        now=now,
    )
    services.begin_ahead(annotator=person, now=now)
    return {"progress": _progress(person, now)}


@never_cache
def skip(request: HttpRequest) -> HttpResponse:
    """The form by itself, for those without scripts, and what both kinds send it to."""
    if request.method not in {"GET", "HEAD"}:
        return _skip(request)
    try:
        lease = services.next_lease(annotator=person_of(request), now=timezone.now())
    except Refused:
        lease = None
    if lease is None:
        return redirect("annotation:judge")
    form = SkipForm(initial={"lease": lease.pk})
    return render(request, "annotation/skip.html", {"form": form})


def _context(person: Person, lease: Lease | None, now: datetime) -> dict[str, Any]:
    last = last_answer(person)
    return {
        "page": lease and judge_page(lease=lease, now=now, last=last),
        "last": last,
        "progress": _progress(person, now),
        "skip_form": SkipForm(auto_id="skip-%s"),
    }


def _progress(person: Person, now: datetime) -> dict[str, int | None]:
    own = own_progress(annotator=person, now=now)
    today = today_of(annotator=person, project=services.current_project(), now=now)
    return {"judged": own.judged, "waiting": own.waiting, "today": today.done, "cap": today.cap}
