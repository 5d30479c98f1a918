from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.annotation.axes import questions_of
from annotate_site.annotation.services import current_project
from annotate_site.core.exceptions import Refused
from annotate_site.quality.forms.disagreements import VERDICTS, QueueFilter, SettleForm
from annotate_site.quality.forms.people import first_error
from annotate_site.quality.navigation import project_page
from annotate_site.quality.pages import SlicedPage, page_number
from annotate_site.quality.selectors import disagreements as selectors
from annotate_site.quality.services.adjudications import settle as settle_comparison
from workbench.axes import AXES

PAGE_SIZE = 20
_KEYS = ("←", "→", "↓", "x", "o")


@require_safe
@role_required(Role.MANAGER)
def disagreements(request: HttpRequest) -> HttpResponse:
    """The queue: what is worth a manager's time first."""
    form = QueueFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {"axis": "", "simulated": False}
    options: dict[str, Any] = {"axis": chosen["axis"], "include_simulated": chosen["simulated"]}
    number = page_number(request)
    queue = selectors.disagreements(limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE, **options)
    if number > 1 and not queue.rows:  # Beyond the end: others have settled what was here.
        number, queue = 1, selectors.disagreements(limit=PAGE_SIZE, **options)
    shown = selectors.comparisons_by_id({row.comparison_id for row in queue.rows})
    context = {
        "form": form,
        "rows": [(row, shown[row.comparison_id]) for row in queue.rows],
        "page": SlicedPage(queue.total, PAGE_SIZE, number),
        "count": queue.total,
    }
    return project_page(request, "disagreements.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.MANAGER)
def settle(request: HttpRequest, comparison_id: UUID) -> HttpResponse:
    """One comparison: what was answered, and what a manager rules."""
    comparison = get_object_or_404(selectors.shown_comparisons(), pk=comparison_id)
    form = SettleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        refusal = _settled(request, comparison, form)
        if not refusal:
            return redirect(_next_address(comparison_id))
        messages.error(request, refusal)
    asked = questions_of(current_project())
    context = {
        "comparison": comparison,
        "form": form,
        "rulings": [(asked[row.axis], row) for row in selectors.votes_on(comparison)],
        "verdicts": [(*verdict, key) for verdict, key in zip(VERDICTS, _KEYS, strict=True)],
    }
    return project_page(request, "settle.html", context, status=422 if form.errors else 200)


def _settled(request: HttpRequest, comparison: object, form: SettleForm) -> str:
    """Store it; returns why not, else nothing."""
    if not form.is_valid():
        return first_error(form)
    if not form.verdicts():
        return _("Choose a verdict for at least one question.")
    try:
        changed = settle_comparison(
            comparison=comparison,  # type: ignore[arg-type]
            by=person_of(request),
            verdicts=form.verdicts(),
            note=form.cleaned_data["note"],
        )
    except Refused as refusal:
        return str(refusal)
    messages.success(
        request,
        ngettext("%(n)d question settled.", "%(n)d questions settled.", len(changed))
        % {"n": len(changed)},
    )
    return ""


def _next_address(comparison_id: UUID) -> str:
    """The next one in the queue, else the queue, which is empty then."""
    for row in selectors.disagreements(limit=len(AXES) + 1).rows:
        if row.comparison_id != comparison_id:
            return reverse("quality:settle", args=[row.comparison_id])
    return reverse("quality:disagreements")
