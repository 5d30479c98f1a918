"""Overview, quality, skipped and log: what their pages show."""

from __future__ import annotations

import pytest

from annotate_site.annotation.models import Judgement, Project, Skip
from annotate_site.core import audit
from annotate_site.core.models import AuditEvent
from annotate_site.quality.models import Report
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import ComparisonFactory, LeaseFactory, completed_lease

pytestmark = pytest.mark.django_db


def test_overview_counts_what_waits(site) -> None:
    comparison = ComparisonFactory(overlap=2)
    lease = LeaseFactory(slot=comparison.slots.first(), comparison=comparison)
    Skip.objects.create(lease=lease, reason="other")
    PersonFactory(standing="paused")
    context = site.get("/project/").context
    assert (context["n_skips"], context["n_paused"], context["n_flagged"]) == (1, 1, 0)
    assert (context["forecast"].left, context["n_disagreements"]) == (2, 0)


def test_overview_tells_the_cost_when_pay_is_set(site, text_of) -> None:
    Project.objects.update_or_create(pk=1, defaults={"pay_per_comparison": "0.125"})
    ComparisonFactory(overlap=8)
    assert "<dt>To come</dt><dd>1.00 EUR</dd>" in text_of(site.get("/project/"))


def test_quality_is_measured_anew_on_demand(site) -> None:
    site.get("/project/quality/")
    completed_lease()
    assert site.get("/project/quality/").context["n_people"] == 0
    response = site.post("/project/quality/")
    assert response.headers["Location"] == "/project/quality/"
    assert site.get("/project/quality/").context["n_people"] == 1
    assert Report.objects.count() == 1


def test_those_who_are_worth_a_look_come_first(site, text_of) -> None:
    few, many = PersonFactory(username="few"), PersonFactory(username="many")
    for _ in range(12):
        completed_lease(annotator=few)
    for _ in range(20):
        completed_lease(annotator=many, verdicts={"con": "right", "cre": "tie"})
    Judgement.objects.update(response_ms=6000)
    rows = site.get("/project/quality/").context["rows"]
    assert [row.person.username for row in rows] == ["few", "many"]
    assert rows[0].reasons == [
        "takes the left side in 100 % of the answers, more than chance allows"
    ]
    assert rows[1].reasons == []


@pytest.mark.parametrize("count", [1, 3])
def test_quality_takes_the_same_statements_however_many_people(
    site, count, django_assert_num_queries
) -> None:
    for _ in range(count):
        completed_lease()
    site.get("/project/quality/")
    with django_assert_num_queries(6):
        site.get("/project/quality/")


def test_skipped_comparisons_are_resolved_from_their_page(site) -> None:
    comparison = ComparisonFactory(overlap=1)
    lease = LeaseFactory(slot=comparison.slots.first(), comparison=comparison)
    Skip.objects.create(lease=lease, reason="upsetting", note="<script>x</script>")
    page = site.get("/project/skipped/").content.decode()
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert 'class="upsetting"' in page
    values = {"closes": "on", "first_is_sensitive": "on", "rubbish": "1"}
    site.post(f"/project/skipped/{comparison.pk}/", values)
    comparison.refresh_from_db()
    assert (comparison.is_open, comparison.first.is_sensitive) == (False, True)
    assert site.get("/project/skipped/").context["rows"] == []
    assert len(site.get("/project/skipped/?reviewed=on").context["rows"]) == 1


@pytest.fixture
def events(manager):
    audit.record(actor=manager, action="a.changed", subject="one", before={"x": 1}, after={"x": 2})
    audit.record(actor=None, action="b.made", subject="two")
    AuditEvent.objects.order_by("pk")
    return manager


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("", ["two", "one"]),
        ("actor=mia", ["one"]),
        ("actor=site", ["two"]),
        ("actor=nobody", []),
        ("action=b.made", ["two"]),
        ("about=ON", ["one"]),
        ("since=2999-01-01", []),
        ("until=2000-01-01", []),
        ("since=2020-01-01&until=2999-01-01", ["two", "one"]),
    ],
)
def test_log_is_found_by_who_what_and_when(site, events, query, subjects) -> None:
    rows = site.get(f"/project/log/?{query}").context["rows"]
    assert [row.event.subject for row in rows] == subjects


def test_log_shows_before_and_after(site, events, text_of) -> None:
    page = text_of(site.get("/project/log/"))
    assert '<td><span class="was">1</span></td><td>2</td>' in page


def test_log_can_only_be_read(site, events) -> None:
    before = list(AuditEvent.objects.values())
    for method in ("post", "put", "patch", "delete"):
        assert getattr(site, method)("/project/log/").status_code == 405
    assert list(AuditEvent.objects.values()) == before


@pytest.mark.parametrize("count", [1, 3])
def test_log_takes_the_same_statements_however_long_it_is(
    site, manager, count, django_assert_num_queries
) -> None:
    for number in range(count):
        audit.record(actor=manager, action="a.changed", subject=str(number))
    with django_assert_num_queries(5):
        site.get("/project/log/")
