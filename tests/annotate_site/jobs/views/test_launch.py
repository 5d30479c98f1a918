from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotate_site.accounts.models import Role
from annotate_site.jobs.models import Run, RunKind
from tests.factories.accounts import PersonFactory
from tests.factories.datasets import SnapshotFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.ANNOTATOR, 403), (Role.RESEARCHER, 403), (Role.MANAGER, 200), (Role.ADMIN, 200)],
)
def test_launch_is_for_managers(role: Role, status: int) -> None:
    client = Client()
    client.force_login(PersonFactory(role=role))
    assert client.get(reverse("jobs:launch", args=["describe"])).status_code == status


def test_launch_of_an_unknown_kind_is_not_found(manager_client: Client) -> None:
    assert manager_client.get(reverse("jobs:launch", args=["dance"])).status_code == 404


def test_launch_queues_a_run_and_leads_to_it(manager_client: Client) -> None:
    path = reverse("jobs:launch", args=["sample"])
    answer = manager_client.post(path, {"k": "4", "per_clip": "", "seed": "7"})
    run = Run.objects.get()
    assert answer["Location"] == reverse("jobs:run", args=[run.pk])
    assert (run.kind, run.options) == (RunKind.SAMPLE, {"k": 4, "per_clip": None, "seed": 7})


def test_launch_shows_a_bad_value_at_its_field(manager_client: Client) -> None:
    answer = manager_client.post(reverse("jobs:launch", args=["sample"]), {"k": "1", "seed": "7"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["k"])
    assert Run.objects.count() == 0


def test_launch_fills_in_what_the_address_names(manager_client: Client) -> None:
    snapshot = SnapshotFactory()
    answer = manager_client.get(
        reverse("jobs:launch", args=["reward"]), {"axis": "cre", "snapshot": str(snapshot.pk)}
    )
    form = answer.context["form"]
    assert (form["axis"].value(), form["snapshot"].value()) == ("cre", str(snapshot.pk))
