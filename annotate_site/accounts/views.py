from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from knox.models import AuthToken

from annotate_site.accounts import services
from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required


class TokenForm(forms.Form):
    days = forms.IntegerField(
        label="Days until it expires", min_value=1, max_value=services.MOST_TOKEN_DAYS, initial=90
    )


@never_cache
@role_required(Role.MANAGER, Role.RESEARCHER)
def tokens(request: HttpRequest) -> HttpResponse:
    """Own API tokens. A new one is in the answer to the POST only, and can't be shown again."""
    person = person_of(request)
    form = TokenForm(request.POST or None)
    plain = None
    if request.method == "POST" and form.is_valid():
        plain = services.create_token(person=person, days=form.cleaned_data["days"])
        form = TokenForm()
    context = {
        "form": form,
        "plain": plain,
        "now": timezone.now(),
        "tokens": AuthToken.objects.filter(user=person).order_by("-created"),
        "site": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "accounts/tokens.html", context)


@require_POST
def revoke_token(request: HttpRequest, digest: str) -> HttpResponse:
    services.revoke_token(person=person_of(request), digest=digest)
    return redirect("accounts:tokens")
