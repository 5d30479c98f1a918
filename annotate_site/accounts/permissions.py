from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from annotate_site.accounts.models import Person, Role

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def person_of(request: HttpRequest) -> Person:
    """The signed-in person. LoginRequiredMiddleware has turned everybody else away."""
    return cast(Person, request.user)


def role_required(*roles: Role) -> Callable[[View[P]], View[P]]:
    """Let in people with one of `roles`, and admins; others get 403."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not person_of(request).has_role(*roles):
                raise PermissionDenied(f"this page is for: {', '.join(roles)}")
            return view(request, *args, **kwargs)

        return cast(View[P], guarded)

    return decorate
