from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotate_site.accounts.models import Person, Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.annotation.services import current_project
from annotate_site.core.exceptions import Refused
from annotate_site.quality.forms.people import PeopleFilter, PersonChange, first_error
from annotate_site.quality.measures.people import reasons_to_look
from annotate_site.quality.measures.report import quality_report
from annotate_site.quality.navigation import project_page
from annotate_site.quality.selectors.log import log_row
from annotate_site.quality.selectors.people import events_about, people_list, recent_answers
from annotate_site.quality.services import people as services

PAGE_SIZE = 50
_MOST_EVENTS = 50
_SERVICES: dict[str, Callable[..., Any]] = {
    "pause": services.pause_person,
    "reactivate": services.reactivate_person,
    "restart": services.restart_person,
    "exclude": services.exclude_person,
    "include": services.include_person,
}


@require_safe
@role_required(Role.MANAGER)
def people(request: HttpRequest) -> HttpResponse:
    form = PeopleFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    cohort = chosen.get("cohort")
    found = people_list(**{**chosen, "cohort": cohort and cohort.pk})
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return project_page(request, "people.html", {"form": form, "page": page})


@never_cache
@require_safe
@role_required(Role.MANAGER)
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    return _person_page(request, get_object_or_404(Person, pk=person_id))


@require_POST
@role_required(Role.MANAGER)
def change(request: HttpRequest, person_id: int) -> HttpResponse:
    """One of the buttons of a person's page."""
    subject = get_object_or_404(Person, pk=person_id)
    form = PersonChange(request.POST)
    if not form.is_valid():
        messages.error(request, first_error(form))
        return redirect("quality:person", subject.pk)
    chosen = form.cleaned_data
    try:
        if chosen["action"] == "password":
            fresh = services.renew_password(person=subject, by=person_of(request))
            return _person_page(request, subject, password=fresh.password)
        if chosen["action"] == "move":
            services.move_to_cohort(person=subject, by=person_of(request), cohort=chosen["cohort"])
        else:
            _SERVICES[chosen["action"]](
                person=subject, by=person_of(request), reason=chosen["reason"]
            )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Done."))
    return redirect("quality:person", subject.pk)


def _person_page(request: HttpRequest, subject: Person, password: str = "") -> HttpResponse:
    report = quality_report(include_simulated=subject.is_simulated, now=timezone.now())
    figures = report.figures.people.get(subject.pk)
    context = {
        "person": subject,
        "password": password,
        "report": report,
        "figures": figures,
        "reasons": reasons_to_look(figures, current_project()) if figures else [],
        "answers": recent_answers(subject),
        "events": [log_row(event) for event in events_about(subject)[:_MOST_EVENTS]],
        "form": PersonChange(initial={"cohort": subject.cohort}),
        "may_change": _may_change(person_of(request), subject),
    }
    return project_page(request, "person.html", context)


def _may_change(by: Person, subject: Person) -> bool:
    try:
        services.refuse_foreign(by, subject)
    except Refused:
        return False
    return True
