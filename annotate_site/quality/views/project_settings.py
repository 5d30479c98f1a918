from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.core.models import AuditEvent
from annotate_site.quality.consequences import differences
from annotate_site.quality.forms.project import ProjectForm
from annotate_site.quality.navigation import project_page
from annotate_site.quality.services.project import Stale, change_project, stored_project

_CONFLICT = 409


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.MANAGER)
def project_settings(request: HttpRequest) -> HttpResponse:
    """All settings. A first press shows what a change means, a second one saves it."""
    project = stored_project()
    form = ProjectForm(request.POST or None, instance=project)
    if request.method != "POST":
        return project_page(request, "settings.html", {"form": form})
    if not form.is_valid():
        return project_page(request, "settings.html", {"form": form}, status=422)
    if "save" in request.POST:
        return _save(request, form)
    return _reviewed(request, form)


def _save(request: HttpRequest, form: ProjectForm) -> HttpResponse:
    try:
        change_project(
            by=person_of(request),
            values=form.project_values(),
            seen_at=form.cleaned_data["seen_at"],
        )
    except Stale:
        return _stale(request, form)
    messages.success(request, _("Saved."))
    return redirect("quality:settings")


def _reviewed(request: HttpRequest, form: ProjectForm) -> HttpResponse:
    """The same page with what would change."""
    if form.cleaned_data["seen_at"] != stored_project().updated_at:
        return _stale(request, form)
    context = {"form": form, "differences": _differences(form), "is_review": True}
    return project_page(request, "settings.html", context)


def _stale(request: HttpRequest, form: ProjectForm) -> HttpResponse:
    """What the others did, what is still to be saved, and the new time to save against."""
    others = AuditEvent.objects.filter(
        action="project.changed", at__gte=form.cleaned_data["seen_at"]
    ).select_related("actor")
    project = stored_project()
    data = request.POST.copy()
    data["seen_at"] = f"{project.updated_at:%Y-%m-%dT%H:%M:%S.%f%z}"
    renewed = ProjectForm(data, instance=project)
    renewed.is_valid()
    context = {
        "form": renewed,
        "differences": _differences(renewed),
        "others": others.order_by("-at")[:5],
        "is_review": True,
    }
    return project_page(request, "settings.html", context, status=_CONFLICT)


def _differences(form: ProjectForm) -> list[object]:
    labels = {name: str(field.label) for name, field in form.fields.items()}
    labels["questions"] = _("Words of the questions")
    return [*differences(form.seen, form.project_values(), labels)]
