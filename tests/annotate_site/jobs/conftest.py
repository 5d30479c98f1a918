from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from annotate_site.accounts.models import Person, Role
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import CandidateFactory


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


@pytest.fixture
def disagreement() -> dict[str, object]:
    """A row of a reward run's disagreements.json about a clip and pictures of the catalogue."""
    chosen = CandidateFactory()
    rejected = CandidateFactory(clip=chosen.clip)
    return {
        "comparison_id": "c",
        "clip_id": str(chosen.clip_id),
        "kind": "orig/pos",
        "split": "test",
        "chosen": str(chosen.pk),
        "rejected": str(rejected.pk),
        "n_votes": 3,
        "voted": 1.0,
        "predicted": 0.08,
    }
