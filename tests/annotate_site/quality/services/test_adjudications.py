from __future__ import annotations

import pytest

from annotate_site.annotation.models import Adjudication
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent
from annotate_site.quality.services.adjudications import refer, settle
from tests.factories.annotation import ComparisonFactory

pytestmark = pytest.mark.django_db


def rulings(comparison):
    return dict(comparison.adjudications.values_list("axis", "verdict"))


def test_a_verdict_is_stored_changed_and_taken_back(manager) -> None:
    comparison = ComparisonFactory()
    changed = settle(
        comparison=comparison, by=manager, verdicts={"emo": "first", "cre": "none"}, note="dark"
    )
    assert changed == ["emo", "cre"]
    assert settle(comparison=comparison, by=manager, verdicts={"emo": "tie", "cre": "none"}) == [
        "emo"
    ]
    assert settle(comparison=comparison, by=manager, verdicts={"emo": "open", "con": "open"}) == [
        "emo"
    ]
    assert rulings(comparison) == {"cre": "none"}
    assert [(event.before, event.after) for event in AuditEvent.objects.order_by("pk")] == [
        ({"emo": "open", "cre": "open"}, {"emo": "first", "cre": "none", "note": "dark"}),
        ({"emo": "first"}, {"emo": "tie"}),
        ({"emo": "tie"}, {"emo": "open"}),
    ]


@pytest.mark.parametrize(
    ("verdicts", "note"),
    [
        ({"joy": "first"}, ""),
        ({"emo": "left"}, ""),
        ({"emo": ""}, ""),
        ({"emo": "first", "con": "best"}, ""),
        ({"emo": "first"}, "x" * 1001),
    ],
)
def test_senseless_verdicts_are_refused_and_nothing_is_stored(manager, verdicts, note) -> None:
    comparison = ComparisonFactory()
    with pytest.raises(Refused):
        settle(comparison=comparison, by=manager, verdicts=verdicts, note=note)
    assert (Adjudication.objects.count(), AuditEvent.objects.count()) == (0, 0)


def test_a_comparison_is_referred_once_per_axis(manager) -> None:
    comparison = ComparisonFactory()
    facts = {"comparison": comparison, "by": manager, "origin": "run 1"}
    told = [refer(axis=axis, **facts) for axis in ("emo", "emo", "con")]
    assert told == [True, False, True]
    assert list(AuditEvent.objects.order_by("pk").values_list("after", flat=True)) == [
        {"axis": "emo", "origin": "run 1"},
        {"axis": "con", "origin": "run 1"},
    ]
    with pytest.raises(Refused):
        refer(axis="joy", **facts)
