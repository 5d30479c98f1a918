from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from annotate_site.accounts.models import Person, Role, Standing
from annotate_site.accounts.permissions import role_required
from annotate_site.annotation.axes import questions_of
from annotate_site.annotation.models import Project, Skip
from annotate_site.annotation.services import current_project
from annotate_site.quality import charts
from annotate_site.quality.measures.forecast import Forecast, forecast
from annotate_site.quality.measures.people import reasons_to_look
from annotate_site.quality.measures.report import Figures, quality_report
from annotate_site.quality.navigation import project_page


@require_safe
@role_required(Role.MANAGER)
def overview(request: HttpRequest) -> HttpResponse:
    """What waits for a manager, and where the work is heading."""
    now, project = timezone.now(), current_project()
    report = quality_report(include_simulated=False, now=now)
    found = forecast(project=project, now=now, unclear=report.figures.unclear)
    asked = questions_of(project)
    context = {
        "project": project,
        "forecast": found,
        "axes": [(asked[work.axis], work) for work in found.axes],
        "bars": _bars(found, now),
        "n_skips": Skip.objects.filter(reviewed_at=None).count(),
        "n_disagreements": report.figures.disagreements,
        "n_flagged": _flagged(report.figures, project),
        "as_of": report.as_of,
        "n_paused": Person.objects.filter(
            standing=Standing.PAUSED, role=Role.ANNOTATOR, deleted_at=None
        ).count(),
    }
    return project_page(request, "overview.html", context)


def _flagged(figures: Figures, project: Project) -> int:
    """Annotators who are worth a look and still count."""
    flagged = [pk for pk, row in figures.people.items() if reasons_to_look(row, project)]
    return Person.objects.filter(pk__in=flagged, weight__gt=0).count()


def _bars(found: Forecast, now: datetime) -> list[charts.Bar]:
    if found.pace is None:
        return []
    days = found.pace.days
    ends = [now - timedelta(days=ago) for ago in reversed(range(len(days)))]
    titles = [f"{date_format(end, 'j M')}: {count}" for end, count in zip(ends, days, strict=True)]
    return charts.bars(days, titles)
