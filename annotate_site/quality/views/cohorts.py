from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotate_site.accounts.models import Cohort, Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.core.exceptions import Refused
from annotate_site.quality.forms.people import CohortChangeForm, CohortForm, first_error
from annotate_site.quality.navigation import project_page
from annotate_site.quality.selectors.people import cohorts_with_counts
from annotate_site.quality.services.cohorts import change_cohort, create_cohort, renew_code


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.MANAGER)
def cohorts(request: HttpRequest) -> HttpResponse:
    form = CohortForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            create_cohort(by=person_of(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            return redirect("quality:cohorts")
    context = {"form": form, "cohorts": cohorts_with_counts()}
    return project_page(request, "cohorts.html", context, status=422 if form.errors else 200)


@require_POST
@role_required(Role.MANAGER)
def change(request: HttpRequest, cohort_id: int) -> HttpResponse:
    """Another code, or other numbers."""
    cohort = get_object_or_404(Cohort, pk=cohort_id)
    if "renew" in request.POST:
        renew_code(cohort=cohort, by=person_of(request))
        messages.success(request, _("The cohort has a new code."))
        return redirect("quality:cohorts")
    form = CohortChangeForm(request.POST)
    if form.is_valid():
        change_cohort(cohort=cohort, by=person_of(request), **form.cleaned_data)
        messages.success(request, _("Saved."))
    else:
        messages.error(request, first_error(form))
    return redirect("quality:cohorts")
