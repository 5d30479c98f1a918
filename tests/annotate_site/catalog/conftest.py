from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from annotate_site.accounts.models import Role
from tests.factories.accounts import PersonFactory


@pytest.fixture(autouse=True)
def media_root(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every test has a media folder of its own."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("home") / "media"
    return settings.MEDIA_ROOT


def _signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(PersonFactory(role=role))
    return client


@pytest.fixture
def manager(db: None) -> Client:
    return _signed_in(Role.MANAGER)


@pytest.fixture
def researcher(db: None) -> Client:
    return _signed_in(Role.RESEARCHER)


@pytest.fixture
def annotator(db: None) -> Client:
    return _signed_in(Role.ANNOTATOR)
