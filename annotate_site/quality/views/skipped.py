from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.annotation.models import Comparison, SkipReason
from annotate_site.quality.navigation import project_page
from annotate_site.quality.selectors.skips import skip_counts, skipped_comparisons, skipped_ids
from annotate_site.quality.services.skips import review_skips

PAGE_SIZE = 10


class SkipFilter(forms.Form):
    reason = forms.ChoiceField(required=False, choices=[("", ""), *SkipReason.choices])
    reviewed = forms.BooleanField(required=False)


class ReviewForm(forms.Form):
    closes = forms.BooleanField(required=False)
    first_is_sensitive = forms.BooleanField(required=False)
    second_is_sensitive = forms.BooleanField(required=False)


@require_safe
@role_required(Role.MANAGER)
def skipped(request: HttpRequest) -> HttpResponse:
    """What annotators passed over, by reason; looked-at comparisons on demand."""
    form = SkipFilter(request.GET)
    chosen: dict[str, Any] = (
        form.cleaned_data if form.is_valid() else {"reason": "", "reviewed": False}
    )
    page = Paginator(skipped_ids(**chosen), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "chosen": chosen,
        "reasons": skip_counts(reviewed=chosen["reviewed"]),
        "page": page,
        "rows": skipped_comparisons(list(page)),
    }
    return project_page(request, "skipped.html", context)


@require_POST
@role_required(Role.MANAGER)
def resolve(request: HttpRequest, comparison_id: UUID) -> HttpResponse:
    comparison = get_object_or_404(Comparison, pk=comparison_id)
    form = ReviewForm(request.POST)
    form.is_valid()  # Checkboxes: whatever comes is yes or no.
    review_skips(
        comparison=comparison, by=person_of(request), now=timezone.now(), **form.cleaned_data
    )
    messages.success(request, _("Looked at."))
    return redirect("quality:skipped")
