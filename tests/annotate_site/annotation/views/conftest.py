from __future__ import annotations

import pytest
from django.test import Client

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Lease
from annotate_site.annotation.services import next_lease
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, comparisons_of_one_clip


@pytest.fixture
def annotator(db: None) -> Person:
    return PersonFactory()


@pytest.fixture
def browser(client: Client, annotator: Person) -> Client:
    client.force_login(annotator)
    return client


@pytest.fixture
def lease(annotator: Person) -> Lease:
    """A lease that has been listened to, with another comparison behind it."""
    comparisons_of_one_clip(2, overlap=1)
    return next_lease(annotator=annotator, now=NOON)
