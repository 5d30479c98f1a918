from __future__ import annotations

import pytest

from annotate_site.annotation.models import Comparison, Skip
from annotate_site.annotation.services import next_lease
from annotate_site.core.models import AuditEvent
from annotate_site.quality.selectors.skips import skip_counts, skipped_comparisons, skipped_ids
from annotate_site.quality.services.skips import review_skips
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, ComparisonFactory, LeaseFactory

pytestmark = pytest.mark.django_db


def skipped(reason="upsetting", comparison=None):
    comparison = comparison or ComparisonFactory(overlap=1)
    lease = LeaseFactory(slot=comparison.slots.first(), comparison=comparison, lost_at=NOON)
    return Skip.objects.create(lease=lease, reason=reason, note="so dark")


def review(comparison, by, **values):
    values = {
        "closes": False,
        "first_is_sensitive": False,
        "second_is_sensitive": False,
        **values,
    }
    return review_skips(comparison=comparison, by=by, now=NOON, **values)


def test_what_most_people_skip_comes_first() -> None:
    once = skipped("twins").lease.comparison
    twice = skipped("upsetting").lease.comparison
    skipped("no_sound", twice)
    assert skipped_ids() == [twice.pk, once.pk]
    assert skipped_ids(reason="twins") == [once.pk]
    assert {reason: n for reason, _, n in skip_counts(reviewed=False)} == {
        "no_sound": 1,
        "no_picture": 0,
        "upsetting": 1,
        "twins": 1,
        "other": 0,
    }
    first, second = skipped_comparisons(skipped_ids())
    assert [len(first.skips), len(second.skips)] == [2, 1]
    assert (first.is_upsetting, second.is_upsetting) == (True, False)


def test_kept_comparisons_are_handed_out_again(manager) -> None:
    comparison = skipped().lease.comparison
    skipped("other", comparison)
    assert review(comparison, manager) == 2
    assert skipped_ids() == []
    assert skipped_ids(reviewed=True) == [comparison.pk]
    assert set(Skip.objects.values_list("reviewed_by", "reviewed_at")) == {(manager.pk, NOON)}
    assert next_lease(annotator=PersonFactory(), now=NOON).comparison_id == comparison.pk
    assert AuditEvent.objects.get().after == {"skips_waiting": 0}


def test_closed_comparisons_are_not_handed_out_until_they_are_opened(manager) -> None:
    comparison = skipped().lease.comparison
    review(comparison, manager, closes=True)
    assert next_lease(annotator=PersonFactory(), now=NOON) is None
    review(comparison, manager, closes=False)
    assert next_lease(annotator=PersonFactory(), now=NOON) is not None
    assert [event.before.get("is_open") for event in AuditEvent.objects.order_by("pk")] == [
        True,
        False,
    ]


def test_pictures_are_marked_and_unmarked(manager) -> None:
    comparison = skipped().lease.comparison
    review(comparison, manager, second_is_sensitive=True)
    comparison = Comparison.objects.get(pk=comparison.pk)
    assert (comparison.first.is_sensitive, comparison.second.is_sensitive) == (False, True)
    review(comparison, manager)
    assert not Comparison.objects.get(pk=comparison.pk).second.is_sensitive


def test_looking_twice_is_told_once(manager) -> None:
    comparison = skipped().lease.comparison
    review(comparison, manager)
    assert review(comparison, manager) == 0
    assert AuditEvent.objects.count() == 1
