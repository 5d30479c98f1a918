from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.core.exceptions import Refused
from annotate_site.jobs import selectors, services
from annotate_site.jobs.artifacts import CONTENT_TYPES, artifact_path
from annotate_site.jobs.disagreements import disagreements_of
from annotate_site.jobs.models import Run, RunKind
from annotate_site.jobs.presentation import (
    ancestry_of,
    elapsed,
    launch_query,
    live_run,
    settings_of,
    title_of,
)
from annotate_site.jobs.views.polling import is_htmx
from annotate_site.jobs.words import result_in_words
from annotate_site.quality.services.adjudications import refer

_PER_PAGE = 25


@require_GET
@role_required(Role.MANAGER, Role.RESEARCHER)
def runs(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    chosen = RunKind(kind) if kind in RunKind.values else None
    page = Paginator(selectors.newest_runs(kind=chosen), _PER_PAGE).get_page(
        request.GET.get("page")
    )
    now = timezone.now()
    rows = [(run, title_of(run), elapsed(run, now), result_in_words(run)) for run in page]
    context = {
        "page": page,
        "rows": rows,
        "kinds": RunKind.choices,
        "chosen": kind if chosen else "",
        "is_live": any(not run.is_finished for run in page),
    }
    return render(request, "jobs/runs.html" + ("#rows" if is_htmx(request) else ""), context)


@require_GET
@role_required(Role.MANAGER, Role.RESEARCHER)
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    shown = _run_or_404(run_id)
    context = {"live": live_run(shown, timezone.now()), "run": shown, "title": title_of(shown)}
    context["can_manage"] = person_of(request).has_role(Role.MANAGER)
    if is_htmx(request):
        return render(request, "jobs/run.html#live", context)
    context |= {
        "ancestry": ancestry_of(shown),
        "settings": settings_of(shown),
        "launch_query": launch_query(shown),
    }
    return render(request, "jobs/run.html", context)


@require_POST
@role_required(Role.MANAGER)
def cancel(request: HttpRequest, run_id: UUID) -> HttpResponse:
    try:
        services.cancel_run(run=_run_or_404(run_id), by=person_of(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("jobs:run", run_id)


@require_POST
@role_required(Role.MANAGER)
def again(request: HttpRequest, run_id: UUID) -> HttpResponse:
    try:
        launched = services.retry_run(run=_run_or_404(run_id), by=person_of(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("jobs:run", run_id)
    return redirect("jobs:run", launched.pk)


@require_POST
@role_required(Role.MANAGER)
def refer_disagreement(request: HttpRequest, run_id: UUID, comparison_id: UUID) -> HttpResponse:
    """One comparison on which the run's model and people disagree: to the managers, to settle."""
    shown = _run_or_404(run_id)
    comparisons = {found.comparison for found in disagreements_of(shown) if found.comparison}
    comparison = next((each for each in comparisons if each.pk == comparison_id), None)
    if comparison is None:
        raise Http404("this run does not disagree with people about such a comparison")
    refer(
        comparison=comparison,
        axis=shown.options["axis"],
        by=person_of(request),
        origin=f"run {shown.pk}",
    )
    return redirect("quality:settle", comparison_id)


@require_GET
@role_required(Role.MANAGER, Role.RESEARCHER)
def artifact(request: HttpRequest, run_id: UUID, name: str) -> HttpResponseBase:
    path = artifact_path(_run_or_404(run_id), name)
    if path is None:
        raise Http404("this run has no such file")
    answer = FileResponse(
        path.open("rb"),
        content_type=CONTENT_TYPES[path.suffix],
        as_attachment=path.suffix == ".safetensors",
        filename=path.name,
    )
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _run_or_404(run_id: UUID) -> Run:
    return get_object_or_404(selectors.newest_runs(), pk=run_id)
