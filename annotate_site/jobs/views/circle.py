from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.core.exceptions import Refused
from annotate_site.jobs import services
from annotate_site.jobs.circle import circle as picture_of_circle
from annotate_site.jobs.views.polling import is_htmx
from workbench.axes import AXES


@require_GET
@role_required(Role.MANAGER, Role.RESEARCHER)
def circle(request: HttpRequest) -> HttpResponse:
    context = {
        "circle": picture_of_circle(timezone.now()),
        "can_manage": person_of(request).has_role(Role.MANAGER),
    }
    return render(request, "jobs/circle.html" + ("#circle" if is_htmx(request) else ""), context)


@require_POST
@role_required(Role.MANAGER)
def launch_step(request: HttpRequest, step: str) -> HttpResponse:
    """One click on a step of the circle; `axis` in the form picks one of three."""
    chosen = next((axis for axis in AXES if axis == request.POST.get("axis")), None)
    try:
        services.launch_step(step=step, axis=chosen, by=person_of(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("jobs:circle")
