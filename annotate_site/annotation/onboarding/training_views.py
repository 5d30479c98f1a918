"""Practice and test: one question at a time, as plain forms; in practice the answer is told."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from annotate_site.accounts.models import Person
from annotate_site.accounts.permissions import person_of
from annotate_site.annotation.axes import axes_asked, next_axis, questions_of
from annotate_site.annotation.forms import VerdictForm
from annotate_site.annotation.models import Judgement, Lease, Purpose
from annotate_site.annotation.onboarding.steps import Step, next_step, page_of, training, way_of
from annotate_site.annotation.replies import sentence, values_of
from annotate_site.annotation.selectors import shown_comparison
from annotate_site.annotation.services.project import current_project
from annotate_site.annotation.services.training import (
    feedback_of,
    submit_training,
    training_lease,
)
from annotate_site.core.exceptions import Refused
from workbench.axes import Axis


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def practice(request: HttpRequest) -> HttpResponse:
    return _training(request, Step.PRACTICE, Purpose.PRACTICE)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def test(request: HttpRequest) -> HttpResponse:
    return _training(request, Step.TEST, Purpose.QUALIFICATION)


@never_cache
@require_safe
def feedback(request: HttpRequest, judgement_id: UUID) -> HttpResponse:
    """What is right about one of the person's own practice answers."""
    person = person_of(request)
    judgement = get_object_or_404(
        Judgement.objects.select_related("lease"),
        pk=judgement_id,
        lease__annotator=person,
        lease__purpose=Purpose.PRACTICE,
    )
    try:
        told = feedback_of(judgement)
    except Refused:  # A manager has taken the question away in the meantime.
        return redirect("annotation:judge")
    context = _context(person, Step.PRACTICE, judgement.lease, judgement.axis) | {
        "feedback": told,
        # Built-in explanations are translated; what a manager wrote stays as it is.
        "explanation": told.explanation and _(told.explanation),
    }
    return render(request, "onboarding/feedback.html", context)


def _training(request: HttpRequest, step: Step, purpose: Purpose) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    if request.method == "POST":
        return _answered(request, step)
    if next_step(person) != step:
        return redirect("annotation:judge")
    lease = training_lease(annotator=person, purpose=purpose, now=now)
    axis = None if lease is None else next_axis(lease)
    if lease is None or axis is None:  # Another window has finished it in the meantime.
        return redirect("annotation:judge")
    wait_s = max(0.0, (lease.opens_at - now).total_seconds())
    context = _context(person, step, lease, axis)
    listen_s = min(current_project().listen_s, context["shown"].lease.comparison.clip.duration_s)
    context |= {
        "listen_s": 0 if lease.answered else listen_s,
        "wait_s": 0 if lease.answered else wait_s,
        "is_test": step == Step.TEST,
    }
    return render(request, "onboarding/training.html", context)


def _answered(request: HttpRequest, step: Step) -> HttpResponse:
    page = f"annotation:{page_of(step)}"
    try:
        values = values_of(request, VerdictForm)
        judgement = submit_training(
            annotator=person_of(request),
            lease_id=values.pop("lease"),
            now=timezone.now(),
            **values,
        )
    except Refused as refusal:
        messages.error(request, sentence(str(refusal)))
        return redirect(page)
    if judgement.lease.purpose == Purpose.PRACTICE:
        return redirect("annotation:onboarding_feedback", judgement.pk)
    return redirect(page)


def _context(person: Person, step: Step, lease: Lease, axis: str) -> dict[str, Any]:
    progress = training(person, step)
    asked = axes_asked(lease)
    question = questions_of(current_project())[cast(Axis, axis)]
    return {
        "way": way_of(person, step),
        "progress": progress,
        "number": progress.done + (0 if lease.completed_at else 1),
        "shown": shown_comparison(lease),
        "question": question,
        "part": asked.index(question.axis) + 1,
        "parts": len(asked),
    }
