from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.core.exceptions import Refused
from annotate_site.jobs.forms import launch_form
from annotate_site.jobs.models import RunKind
from annotate_site.jobs.services import launch_run


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.MANAGER)
def launch(request: HttpRequest, kind: str) -> HttpResponse:
    """The settings of a run before it is launched; `?axis=con` and the like fill them in."""
    if kind not in RunKind.values:
        raise Http404("there is no such kind of run")
    chosen = RunKind(kind)
    form = launch_form(chosen)(request.POST or None, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        try:
            run = launch_run(
                kind=chosen,
                options=form.all_options(),
                inputs=form.inputs(),
                by=person_of(request),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Launched; it starts as soon as a worker is free."))
            return redirect("jobs:run", run.pk)
    return render(request, "jobs/launch.html", {"form": form, "kind": chosen})
