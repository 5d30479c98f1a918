from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required
from tests.factories.accounts import PersonFactory


@role_required(Role.MANAGER)
def _page(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(f"{person_of(request).username} {number}")


def _request(role: Role) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = PersonFactory.build(username="ada", role=role)
    return request


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_role_required_lets_in_the_role_and_admins(role: Role) -> None:
    assert _page(_request(role), 3).content == b"ada 3"


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.RESEARCHER])
def test_role_required_turns_others_away(role: Role) -> None:
    with pytest.raises(PermissionDenied, match="this page is for: manager"):
        _page(_request(role), 3)
