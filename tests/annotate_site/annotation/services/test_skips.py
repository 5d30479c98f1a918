from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from annotate_site.annotation.models import Lease, Skip, Slot
from annotate_site.annotation.selectors import completed_judgements
from annotate_site.annotation.services import next_lease, skip_lease, submit_judgement
from annotate_site.core.exceptions import Refused
from tests.annotate_site.annotation.services.projects import project_with
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, ComparisonFactory, SilentGoldFactory
from workbench.axes import AXES

HEARD = NOON + timedelta(seconds=10)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def lease(db) -> Lease:
    project_with()
    ComparisonFactory(overlap=1)
    return next_lease(annotator=PersonFactory(), now=NOON)


def skip(lease: Lease, **values) -> Skip:
    usual = {"lease_id": lease.pk, "reason": "no_sound", "note": "", "now": HEARD}
    return skip_lease(**{"annotator": lease.annotator} | usual | values)


def test_skip_lease_frees_the_slot_and_keeps_the_reason(lease):
    stored = skip(lease, reason="upsetting", note="blood")

    assert (stored.lease, stored.reason, stored.note) == (lease, "upsetting", "blood")
    assert Lease.objects.get().lost_at == HEARD
    other = next_lease(annotator=PersonFactory(), now=HEARD)
    assert other.slot_id == lease.slot_id


def test_skip_lease_never_gives_the_pair_to_this_person_again(lease):
    skip(lease)

    assert next_lease(annotator=lease.annotator, now=LATER) is None


def test_skip_lease_again_changes_nothing(lease):
    first = skip(lease)
    taken = next_lease(annotator=PersonFactory(), now=HEARD)

    assert skip(lease, reason="other", note="changed my mind") == first
    assert Skip.objects.get().reason == "no_sound"
    taken.refresh_from_db()
    assert taken.lost_at is None
    assert Slot.objects.get().held_until == taken.expires_at


def test_skip_lease_leaves_earlier_answers_uncounted(lease):
    submit_judgement(
        annotator=lease.annotator, lease_id=lease.pk, axis="emo", verdict="left", now=HEARD
    )
    skip(lease)

    assert not completed_judgements(include_simulated=True).exists()
    with pytest.raises(Refused, match="went to somebody else"):
        submit_judgement(
            annotator=lease.annotator, lease_id=lease.pk, axis="con", verdict="left", now=HEARD
        )


def test_skip_lease_of_a_lost_lease_keeps_the_reason_alone(lease):
    taken = next_lease(annotator=PersonFactory(), now=LATER)

    skip(lease, now=LATER, reason="twins")

    assert Skip.objects.get().reason == "twins"
    taken.refresh_from_db()
    assert taken.lost_at is None
    assert Slot.objects.get().held_until == taken.expires_at


def test_skip_lease_works_without_a_slot(db):
    project_with(gold_share_warm_up=1)
    SilentGoldFactory()
    lease = next_lease(annotator=PersonFactory(), now=NOON)

    assert skip(lease).lease.slot_id is None
    assert next_lease(annotator=lease.annotator, now=NOON) is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"reason": "bored"}, "reason 'bored' is unknown; expected one of no_sound, .*"),
        ({"reason": "x" * 9999}, f"reason '{'x' * 40}' is unknown; .*"),
        ({"note": "x" * 1001}, "a note of 1001 characters is too long; 1000 are the most"),
        ({"lease_id": uuid4()}, "this comparison is not among yours; .*"),
    ],
)
def test_skip_lease_refuses_bad_input_and_stores_nothing(lease, values, message):
    with pytest.raises(Refused, match=f"^{message}$"):
        skip(lease, **values)
    assert not Skip.objects.exists()
    lease.refresh_from_db()
    assert lease.lost_at is None


def test_skip_lease_refuses_a_foreign_lease(lease):
    with pytest.raises(Refused, match="not among yours"):
        skip(lease, annotator=PersonFactory())


def test_skip_lease_refuses_a_completed_comparison(lease):
    for axis in AXES:
        submit_judgement(
            annotator=lease.annotator, lease_id=lease.pk, axis=axis, verdict="tie", now=HEARD
        )

    with pytest.raises(Refused, match="answered this comparison already; undo"):
        skip(lease)
