from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotate_site.accounts.models import Person, Role
from annotate_site.accounts.permissions import role_required
from annotate_site.annotation.axes import Question, questions_of
from annotate_site.annotation.services import current_project
from annotate_site.quality.measures.people import PersonFigures, reasons_to_look
from annotate_site.quality.measures.report import AxisFigures, Figures, quality_report
from annotate_site.quality.navigation import project_page
from workbench.axes import AXES

_MOST_PEOPLE = 500


class PersonRow(NamedTuple):
    person: Person
    figures: PersonFigures
    reasons: list[str]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.MANAGER)
def quality(request: HttpRequest) -> HttpResponse:
    """Axes and people in numbers. POST measures anew."""
    simulated = bool(request.GET.get("simulated"))
    if request.method == "POST":
        quality_report(include_simulated=simulated, now=timezone.now(), anew=True)
        address = reverse("quality:quality")
        return redirect(f"{address}?simulated=1" if simulated else address)
    report = quality_report(include_simulated=simulated, now=timezone.now())
    context = {
        "report": report,
        "simulated": simulated,
        "axes": _axes(report.figures),
        "rows": _people(report.figures),
        "n_people": len(report.figures.people),
    }
    return project_page(request, "quality.html", context)


def _axes(figures: Figures) -> list[tuple[Question, AxisFigures]]:
    asked = questions_of(current_project())
    return [(asked[axis], figures.axes[axis]) for axis in AXES]


def _people(figures: Figures) -> list[PersonRow]:
    """Those who are worth a look first, then by the number of answers."""
    project = current_project()
    people = Person.objects.in_bulk(list(figures.people))
    rows = [
        PersonRow(people[pk], row, reasons_to_look(row, project))
        for pk, row in figures.people.items()
        if pk in people
    ]
    rows.sort(
        key=lambda row: (
            -bool(row.reasons and row.person.weight > 0),
            -row.figures.answers,
            row.person.username,
        )
    )
    return rows[:_MOST_PEOPLE]
