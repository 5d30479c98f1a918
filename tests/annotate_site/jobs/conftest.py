from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from annotate_site.accounts.models import Person, Role
from tests.factories.accounts import PersonFactory


@pytest.fixture(autouse=True)
def _folders(settings: Settings, tmp_path: Path) -> None:
    settings.RUNS_ROOT = tmp_path / "runs"


@pytest.fixture
def manager() -> Person:
    return PersonFactory(role=Role.MANAGER)


@pytest.fixture
def manager_client(manager: Person) -> Client:
    client = Client()
    client.force_login(manager)
    return client
