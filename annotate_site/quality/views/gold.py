from __future__ import annotations

import secrets
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.annotation.models import GoldQuestion
from annotate_site.core.exceptions import Refused
from annotate_site.quality.forms.gold import CopiesForm, GoldChangeForm, GoldForm
from annotate_site.quality.forms.people import first_error
from annotate_site.quality.navigation import project_page
from annotate_site.quality.selectors.disagreements import comparisons_by_id, shown_comparisons
from annotate_site.quality.selectors.gold import (
    gold_questions,
    question_rows,
    unanimous_comparisons,
)
from annotate_site.quality.services import gold as services

PAGE_SIZE = 20
_MOST_CANDIDATES = 10


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.MANAGER)
def questions(request: HttpRequest) -> HttpResponse:
    """All known answers, and the comparisons that could become one. POST makes spoilt copies."""
    form = CopiesForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _made_copies(request, form):
        return redirect("quality:gold")
    simulated = bool(request.GET.get("simulated"))
    found, count = unanimous_comparisons(limit=_MOST_CANDIDATES, include_simulated=simulated)
    shown = comparisons_by_id(row.comparison_id for row in found)
    page = Paginator(gold_questions(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": question_rows(list(page)),
        "candidates": [(row, shown[row.comparison_id]) for row in found],
        "count": count,
        "simulated": simulated,
        "uses": services.USES,
    }
    return project_page(request, "gold.html", context, status=422 if form.errors else 200)


def _made_copies(request: HttpRequest, form: CopiesForm) -> bool:
    try:
        made = services.gold_from_copies(
            by=person_of(request), seed=secrets.randbelow(2**31), **form.cleaned_data
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    text = ngettext("%(n)d known answer made.", "%(n)d known answers made.", len(made))
    messages.success(request, text % {"n": len(made)})
    return True


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.MANAGER)
def create(request: HttpRequest, comparison_id: UUID) -> HttpResponse:
    """Take the unanimous answer of a comparison for known."""
    comparison = get_object_or_404(shown_comparisons(), pk=comparison_id)
    initial = {"simulated": bool(request.GET.get("simulated"))}
    form = GoldForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.gold_from_votes(
                comparison=comparison,
                by=person_of(request),
                use=form.cleaned_data["use"],
                explanation=form.cleaned_data["explanation"],
                include_simulated=form.cleaned_data["simulated"],
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is a known answer now."))
            return redirect("quality:gold")
    simulated = bool(form["simulated"].value())
    found, _count = unanimous_comparisons(limit=1, include_simulated=simulated, only=comparison_id)
    context = {"comparison": comparison, "form": form, "found": found[0] if found else None}
    return project_page(request, "gold_new.html", context, status=422 if form.errors else 200)


@require_POST
@role_required(Role.MANAGER)
def change(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Another use or explanation, or out of use."""
    question = get_object_or_404(GoldQuestion, pk=question_id)
    form = GoldChangeForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_error(form))
        return redirect("quality:gold")
    services.change_question(question=question, by=person_of(request), **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("quality:gold")
