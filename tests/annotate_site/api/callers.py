"""Clients that call the API as somebody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from knox.models import AuthToken

from annotate_site.accounts.models import Person, Role
from annotate_site.accounts.services import create_token
from tests.factories.accounts import PersonFactory


def token_of(person: Person | None = None, *, role: Role = Role.RESEARCHER) -> str:
    return create_token(person=person or PersonFactory(role=role), days=1)


def expired_token() -> str:
    _, plain = AuthToken.objects.create(
        user=PersonFactory(role=Role.RESEARCHER), expiry=timedelta(seconds=-1)
    )
    return plain


def with_token(token: str) -> Client:
    return Client(headers={"authorization": f"Token {token}"})


def caller(role: Role = Role.RESEARCHER, **facts: Any) -> Client:
    """Somebody new with a token of their own."""
    return with_token(token_of(PersonFactory(role=role, **facts)))
