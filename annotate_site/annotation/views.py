"""The judging page: one comparison, three questions, then the next comparison.

htmx swaps `task` (the question and its answers) while the comparison stays, and `comparison`
(the player and the pictures too) when another one comes. Without scripts, a POST redirects.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import capfirst
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget
from django_htmx.middleware import HtmxDetails

from annotate_site.accounts.permissions import person_of
from annotate_site.annotation import services
from annotate_site.annotation.forms import JudgementForm, UndoForm, first_error
from annotate_site.annotation.judge_page import judge_page
from annotate_site.annotation.models import Judgement, Lease
from annotate_site.annotation.onboarding.steps import onboarding_redirect
from annotate_site.annotation.selectors import own_progress
from annotate_site.core.exceptions import Refused

_CONFLICT = 409


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails


@never_cache
@require_GET
def judge(request: HtmxRequest) -> HttpResponse:
    if step := onboarding_redirect(person_of(request)):
        return step
    now = timezone.now()
    lease = services.next_lease(annotator=person_of(request), now=now)
    return render(request, "annotation/judge.html", _context(request, lease))


@require_POST
def answer(request: HtmxRequest) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    form = JudgementForm(request.POST)
    if not form.is_valid():
        return _refused(request, first_error(form))
    values = form.cleaned_data | {"lease_id": form.cleaned_data["lease"]}
    del values["lease"]
    try:
        submission = services.submit_judgement(annotator=person, now=now, **values)
    except Refused as error:
        return _refused(request, str(error))
    lease = submission.lease
    if submission.next_axis is None:
        return _shown(
            request, services.next_lease(annotator=person, now=now), saved=submission.judgement
        )
    return _shown(request, lease, saved=submission.judgement)


@require_POST
def undo(request: HtmxRequest) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    form = UndoForm(request.POST)
    if not form.is_valid():
        return _refused(request, first_error(form))
    lease = services.undo_last(
        annotator=person, now=now, judgement_id=form.cleaned_data["judgement"]
    )
    if lease is None:
        return _refused(request, "there is nothing to undo any more")
    return _shown(request, lease)


def _refused(request: HtmxRequest, sentence: str) -> HttpResponse:
    """Say why, and show where the person stands now."""
    sentence = capfirst(sentence).rstrip(".") + "."
    if not request.htmx:
        messages.error(request, sentence)
        return redirect("annotation:judge")
    lease = services.next_lease(annotator=person_of(request), now=timezone.now())
    return _shown(request, lease, error=sentence, status=_CONFLICT)


def _shown(
    request: HtmxRequest,
    lease: Lease | None,
    *,
    saved: Judgement | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    if not request.htmx:
        return redirect("annotation:judge")
    context = _context(request, lease) | {"saved": saved, "error": error}
    if lease is not None and str(lease.pk) == request.POST.get("lease"):
        return render(request, "annotation/judge.html#task", context, status=status)
    response = render(request, "annotation/judge.html#comparison", context, status=status)
    return reswap(retarget(response, "#comparison"), "innerHTML")


def _context(request: HtmxRequest, lease: Lease | None) -> dict[str, Any]:
    person, now = person_of(request), timezone.now()
    return {
        "page": lease and judge_page(lease=lease, annotator=person, now=now),
        "progress": own_progress(annotator=person, now=now),
    }
