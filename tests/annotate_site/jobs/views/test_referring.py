"""From where a reward model and people disagree to where a manager settles who is right."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotate_site.accounts.models import Person, Role
from annotate_site.annotation.models import Adjudication, Comparison
from annotate_site.core.models import AuditEvent
from annotate_site.jobs.models import Run, RunKind
from annotate_site.quality.models import Referral
from annotate_site.quality.selectors.disagreements import disagreements
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import ComparisonFactory, completed_lease
from tests.factories.jobs import RunFactory
from workbench.files import write_json

pytestmark = pytest.mark.django_db


@pytest.fixture
def comparison() -> Comparison:
    """All three people chose the same picture: the votes alone call for nobody."""
    comparison = ComparisonFactory()
    for index in range(3):
        completed_lease(comparison=comparison, index=index)
    return comparison


@pytest.fixture
def run(disagreement: dict, comparison: Comparison) -> Run:
    run = RunFactory(kind=RunKind.REWARD, options={"axis": "con"}, results={}, finished=True)
    told = [
        disagreement,  # Of a comparison that is not in the catalogue.
        disagreement
        | {
            "comparison_id": str(comparison.pk),
            "clip_id": str(comparison.clip_id),
            "chosen": str(comparison.first_id),
            "rejected": str(comparison.second_id),
        },
    ]
    (run.folder / "train").mkdir(parents=True)
    write_json(run.folder / "train" / "disagreements.json", {"disagreements": told})
    return run


def address(run: Run, comparison_id: object) -> str:
    return reverse("jobs:refer_disagreement", args=[run.pk, comparison_id])


def page(client: Client, run: Run) -> str:
    return client.get(reverse("jobs:run", args=[run.pk])).content.decode()


def test_one_click_refers_the_comparison_and_leads_to_it(
    manager_client: Client, manager: Person, run: Run, comparison: Comparison
) -> None:
    assert page(manager_client, run).count("Settle who is right") == 1

    answers = [manager_client.post(address(run, comparison.pk)) for _ in range(2)]

    settle = reverse("quality:settle", args=[comparison.pk])
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, settle)] * 2
    stored = Referral.objects.values_list("comparison", "axis", "referred_by").get()
    assert stored == (comparison.pk, "con", manager.pk)
    event = AuditEvent.objects.get()
    assert (event.action, event.actor_id) == ("comparison.referred", manager.pk)
    assert event.after == {"axis": "con", "origin": f"run {run.pk}"}
    (row,) = disagreements(limit=5).rows
    assert (row.comparison_id, row.axis, row.is_referred) == (comparison.pk, "con", True)


def test_the_page_tells_how_far_it_has_come(
    manager_client: Client, manager: Person, run: Run, comparison: Comparison
) -> None:
    manager_client.post(address(run, comparison.pk))
    assert page(manager_client, run).count("Waits to be settled") == 1
    Adjudication.objects.create(
        comparison=comparison, axis="con", verdict="tie", decided_by=manager
    )
    assert page(manager_client, run).count("Settled by a manager") == 1
    assert disagreements(limit=5) == ([], 0)


def test_another_axis_of_the_comparison_is_another_matter(
    manager_client: Client, manager: Person, run: Run, comparison: Comparison
) -> None:
    Adjudication.objects.create(
        comparison=comparison, axis="emo", verdict="tie", decided_by=manager
    )
    assert page(manager_client, run).count("Settle who is right") == 1


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.RESEARCHER])
def test_only_managers_refer(run: Run, comparison: Comparison, role: Role) -> None:
    client = Client()
    client.force_login(PersonFactory(role=role))
    assert client.post(address(run, comparison.pk)).status_code == 403
    assert Referral.objects.count() == 0
    if role == Role.RESEARCHER:
        assert "Settle who is right" not in page(client, run)


def test_referring_needs_a_post_and_the_csrf_token(
    manager_client: Client, manager: Person, run: Run, comparison: Comparison
) -> None:
    assert manager_client.get(address(run, comparison.pk)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(manager)
    assert strict.post(address(run, comparison.pk)).status_code == 403
    assert Referral.objects.count() == 0


def test_what_the_run_does_not_name_cannot_be_referred(manager_client: Client, run: Run) -> None:
    other = ComparisonFactory()
    assert manager_client.post(address(run, other.pk)).status_code == 404
    assert manager_client.post(address(RunFactory(), other.pk)).status_code == 404
    assert Referral.objects.count() == 0
