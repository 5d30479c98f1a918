from __future__ import annotations

import re

import pytest

from annotate_site.accounts.models import Cohort
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent
from annotate_site.quality.services.cohorts import change_cohort, create_cohort, renew_code

pytestmark = pytest.mark.django_db


def test_a_cohort_has_a_code_that_cannot_be_misread(manager) -> None:
    codes = {
        create_cohort(by=manager, name=f"c{number}", comparisons_due=5).completion_code
        for number in range(20)
    }
    assert len(codes) == 20
    assert all(re.fullmatch("[A-HJ-NP-Z2-9]{10}", code) for code in codes)


def test_names_are_taken_once_whatever_their_case(manager) -> None:
    create_cohort(by=manager, name="Spring", comparisons_due=0)
    with pytest.raises(Refused, match="there is a cohort 'spring' already"):
        create_cohort(by=manager, name=" spring ", comparisons_due=0)
    with pytest.raises(Refused, match="needs a name"):
        create_cohort(by=manager, name="  ", comparisons_due=0)
    with pytest.raises(Refused, match="-1 comparisons"):
        create_cohort(by=manager, name="autumn", comparisons_due=-1)
    assert Cohort.objects.count() == 1


def test_changes_are_told_with_before_and_after(manager) -> None:
    cohort = create_cohort(by=manager, name="spring", comparisons_due=5)
    change_cohort(cohort=cohort, by=manager, comparisons_due=9, note="")
    old = cohort.completion_code
    fresh = renew_code(cohort=cohort, by=manager)
    assert fresh.completion_code != old
    _, changed, renewed = AuditEvent.objects.order_by("pk")
    assert (changed.before, changed.after) == ({"comparisons_due": 5}, {"comparisons_due": 9})
    assert renewed.before == {"completion_code": old}
    assert renewed.after == {"completion_code": fresh.completion_code}
