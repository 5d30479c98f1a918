from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotate_site.accounts.models import Invitation, Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.accounts.services import create_invitation, revoke_invitation
from annotate_site.core.exceptions import Refused
from annotate_site.quality.forms.people import InvitationForm
from annotate_site.quality.navigation import project_page
from annotate_site.quality.selectors.people import invitations_newest_first

PAGE_SIZE = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.MANAGER)
def invitations(request: HttpRequest) -> HttpResponse:
    """All invitations. The link of a new one is in the answer to the POST only."""
    person = person_of(request)
    form = InvitationForm(request.POST or None, by=person)
    link = ""
    if request.method == "POST" and form.is_valid():
        try:
            fresh = create_invitation(by=person, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            link = request.build_absolute_uri(reverse("accounts:join", args=[fresh.token]))
            form = InvitationForm(by=person)
    page = Paginator(invitations_newest_first(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "link": link, "now": timezone.now()}
    status = 422 if form.errors else 200
    return project_page(request, "invitations.html", context, status=status)


@require_POST
@role_required(Role.MANAGER)
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    revoke_invitation(invitation=invitation, by=person_of(request), now=timezone.now())
    return redirect("quality:invitations")
