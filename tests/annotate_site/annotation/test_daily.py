from __future__ import annotations

from datetime import timedelta

import pytest

from annotate_site.annotation.daily import Today, today_of
from annotate_site.annotation.models import Lease, Project
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, completed_lease

pytestmark = pytest.mark.django_db


def test_today_of_counts_what_was_completed_since_midnight():
    person = PersonFactory()
    for at in (NOON, NOON - timedelta(hours=11), NOON - timedelta(hours=13)):
        Lease.objects.filter(pk=completed_lease(annotator=person).pk).update(completed_at=at)
    completed_lease()  # Somebody else's.

    assert today_of(annotator=person, project=Project(daily_cap=40), now=NOON) == Today(2, 40)
