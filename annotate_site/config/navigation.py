"""The main menu: what a person of each role finds there."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from annotate_site.accounts.models import Person, Role
from annotate_site.accounts.permissions import person_of

_STAFF = (Role.MANAGER, Role.RESEARCHER)

# Label, name of the page, roles that see it; admins see all.
_MENU = (
    (_("Judge"), "annotation:judge", tuple(Role)),
    (_("Your work"), "annotation:own_work", tuple(Role)),
    (_("Project"), "quality:overview", (Role.MANAGER,)),
    (_("The circle"), "jobs:circle", (Role.MANAGER,)),
    (_("Runs"), "jobs:runs", _STAFF),
    (_("Clips"), "catalog:clips", _STAFF),
    (_("Snapshots"), "datasets:snapshots", _STAFF),
    (_("Tokens"), "accounts:tokens", _STAFF),
)


class MenuItem(NamedTuple):
    label: str
    url: str
    is_current: bool


def navigation(request: HttpRequest) -> dict[str, list[MenuItem]]:
    """Context processor: `navigation` for the signed-in person."""
    if not isinstance(getattr(request, "user", None), Person):
        return {"navigation": []}
    person = person_of(request)
    items = [
        MenuItem(str(label), reverse(name), request.path.startswith(reverse(name)))
        for label, name, roles in _MENU
        if person.has_role(*roles)
    ]
    return {"navigation": items}


def home(request: HttpRequest) -> HttpResponse:
    """Everybody's first page: annotators judge, managers see the circle, researchers the data."""
    role = person_of(request).role
    pages = {Role.MANAGER: "jobs:circle", Role.ADMIN: "jobs:circle"}
    pages[Role.RESEARCHER] = "datasets:snapshots"
    return redirect(pages.get(Role(role), "annotation:judge"))
