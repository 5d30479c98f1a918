"""Your work: own numbers, own data, the end of the account."""

from __future__ import annotations

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from annotate_site.accounts.permissions import person_of
from annotate_site.accounts.throttle import address_of
from annotate_site.annotation.own_work.export import export_of
from annotate_site.annotation.own_work.forms import WITHDRAW, DeleteForm
from annotate_site.annotation.own_work.statistics import completion_of, own_statistics
from annotate_site.annotation.services.documents import FALLBACK_LANGUAGE, newest_versions
from annotate_site.annotation.services.erasure import delete_account
from annotate_site.core.exceptions import Refused


@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    context = {
        "statistics": own_statistics(person),
        "completion": completion_of(person),
        "documents": newest_versions(),
    }
    return render(request, "own_work/overview.html", context)


@never_cache
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    now = timezone.now()
    name = f"musepainter-my-data-{now:%Y-%m-%d}.zip"
    return StreamingHttpResponse(
        export_of(person_of(request), now=now, language=get_language() or FALLBACK_LANGUAGE),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    form = DeleteForm(request.POST or None, person=person, address=address_of(request))
    if request.method == "POST" and form.is_valid():
        withdraws = form.cleaned_data["answers"] == WITHDRAW
        try:
            delete_account(person=person, withdraws=withdraws, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            logout(request)
            return redirect("annotation:goodbye")
    return render(request, "own_work/delete.html", {"form": form})


@login_not_required
@require_safe
def goodbye(request: HttpRequest) -> HttpResponse:
    return render(request, "own_work/goodbye.html")
