from __future__ import annotations

import pytest
from django.test import Client

from annotate_site.accounts.models import Person, Role
from tests.factories.accounts import PersonFactory


@pytest.fixture
def manager(db) -> Person:
    return PersonFactory(username="mia", role=Role.MANAGER)


@pytest.fixture
def site(manager) -> Client:
    """A browser in which the manager is signed in."""
    client = Client()
    client.force_login(manager)
    return client


@pytest.fixture
def text_of():
    """The words of a page."""
    return lambda response: " ".join(response.content.decode().split())
