from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from knox.models import AuthToken

from annotate_site.accounts import services
from annotate_site.accounts.forms import JoinForm, SignInForm, TokenForm
from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.accounts.services.invitations import InvitationClosed, refuse_bad_external_id
from annotate_site.core.exceptions import Refused

# What recruiting platforms call the participant in the link that they send people to.
_EXTERNAL_ID_NAMES = ("PROLIFIC_PID", "participant", "external_id")


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class ChangePassword(PasswordChangeView):
    template_name = "accounts/change_password.html"
    success_url = reverse_lazy("home")

    def get_success_url(self) -> str:
        messages.success(self.request, _("Your password is changed."))
        return super().get_success_url()


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Sign up by an invitation. The form's address keeps the platform's query string."""
    if request.user.is_authenticated:
        messages.info(request, _("You have an account and are signed in with it."))
        return redirect("home")
    now = timezone.now()
    try:
        invitation = services.open_invitation(token=token, now=now)
        refuse_bad_external_id(_external_id(request))
    except InvitationClosed as refusal:
        return render(request, "accounts/join_closed.html", {"why": str(refusal)}, status=410)
    except Refused as refusal:
        return render(request, "accounts/join_closed.html", {"why": str(refusal)}, status=400)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = services.accept_invitation(
                token=token,
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password"],
                external_id=_external_id(request),
                now=now,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            login(request, person, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("home")
    context = {"form": form, "invitation": invitation}
    return render(request, "accounts/join.html", context)


def _external_id(request: HttpRequest) -> str:
    given = (request.GET.get(name, "") for name in _EXTERNAL_ID_NAMES)
    return next((value for value in given if value), "")


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
