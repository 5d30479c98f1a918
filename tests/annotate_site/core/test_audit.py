from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from annotate_site.core import audit
from annotate_site.core.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> AuditEvent:
    return audit.record(
        actor=None,
        action="thing.changed",
        subject="a thing",
        before={"a": 1, "b": 2},
        after={"a": 1, "b": 3},
    )


def test_only_what_differs_is_kept(event) -> None:
    assert (event.before, event.after) == ({"b": 2}, {"b": 3})


@pytest.mark.parametrize(
    "values",
    [
        {"action": "other"},
        {"actor": None},
        {"after": {}},
        {"before": None},
        {"at": "2020-01-01T00:00Z"},
        {"subject_id": "7"},
    ],
)
def test_rows_cannot_be_changed(event, values) -> None:
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        AuditEvent.objects.update(**values)
    kept = AuditEvent.objects.get()
    assert (kept.action, kept.after) == ("thing.changed", {"b": 3})


def test_rows_cannot_be_saved_again_or_deleted(event) -> None:
    event.action = "thing.forged"
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        event.save()
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        event.delete()
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        AuditEvent.objects.all().delete()
    assert AuditEvent.objects.get().action == "thing.changed"


def test_the_name_of_somebody_who_leaves_can_go(event) -> None:
    AuditEvent.objects.update(subject="deleted-1")
    assert AuditEvent.objects.get().subject == "deleted-1"
