from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotate_site.accounts.models import Role
from annotate_site.jobs.models import Run, RunKind
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import ClipFactory
from tests.factories.jobs import RunFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "page", "launch"),
    [
        (Role.ANNOTATOR, 403, 403),
        (Role.RESEARCHER, 200, 403),
        (Role.MANAGER, 200, 302),
        (Role.ADMIN, 200, 302),
    ],
)
def test_circle_is_seen_by_staff_and_moved_by_managers(role: Role, page: int, launch: int) -> None:
    client = Client()
    client.force_login(PersonFactory(role=role))
    assert client.get(reverse("jobs:circle")).status_code == page
    assert client.post(reverse("jobs:launch_step", args=["describe"])).status_code == launch


def test_launch_step_queues_a_run_with_one_click(manager_client: Client) -> None:
    answer = manager_client.post(reverse("jobs:launch_step", args=["choose"]))
    assert answer["Location"] == reverse("jobs:circle")
    assert Run.objects.get().kind == RunKind.SAMPLE


def test_launch_step_tells_why_it_refuses(manager_client: Client) -> None:
    answer = manager_client.post(reverse("jobs:launch_step", args=["reward"]), follow=True)
    told = [str(message) for message in answer.context["messages"]]
    assert told == ["nothing to launch: it needs a snapshot first, or is going on already"]


def test_circle_polls_its_fragment_while_something_runs(manager_client: Client) -> None:
    ClipFactory()
    assert "hx-trigger" not in manager_client.get(reverse("jobs:circle")).content.decode()
    RunFactory()
    fragment = manager_client.get(reverse("jobs:circle"), headers={"hx-request": "true"})
    text = fragment.content.decode()
    assert ("<html" in text, text.count('hx-trigger="every 2s"')) == (False, 1)


@pytest.mark.parametrize("count", [1, 3])
def test_circle_asks_the_same_few_queries_for_many_runs(
    manager_client: Client, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    ClipFactory.create_batch(count)
    RunFactory.create_batch(count)
    with django_assert_num_queries(17):
        manager_client.get(reverse("jobs:circle"))
