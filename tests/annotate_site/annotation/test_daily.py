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


@pytest.mark.parametrize(
    ("today", "is_over"), [(Today(1, None), False), (Today(1, 3), False), (Today(2, 3), True)]
)
def test_the_last_comparison_of_a_day_has_none_behind_it(today, is_over):
    assert today.is_over_after_this == is_over
