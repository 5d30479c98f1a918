from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotate_site.accounts.models import Role
from annotate_site.jobs.models import Run, RunKind, RunState
from tests.factories.accounts import PersonFactory
from tests.factories.datasets import SnapshotFactory
from tests.factories.jobs import RoundFactory, RunFactory

pytestmark = pytest.mark.django_db


def _client(role: Role) -> Client:
    client = Client()
    client.force_login(PersonFactory(role=role))
    return client


def _page(client: Client, run: Run, **headers: str) -> str:
    return client.get(reverse("jobs:run", args=[run.pk]), headers=headers).content.decode()


@pytest.mark.parametrize("name", ["runs", "run", "artifact"])
@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.ANNOTATOR, 403), (Role.RESEARCHER, 200), (Role.MANAGER, 200), (Role.ADMIN, 200)],
)
def test_pages_about_runs_are_for_staff(name: str, role: Role, status: int) -> None:
    run = RunFactory()
    run.folder.mkdir(parents=True)
    (run.folder / "log.txt").write_text("hello")
    arguments = {"runs": [], "run": [run.pk], "artifact": [run.pk, "log.txt"]}[name]
    answer = _client(role).get(reverse(f"jobs:{name}", args=arguments))
    assert answer.status_code == status
    answer.close()


@pytest.mark.parametrize("name", ["cancel", "again"])
@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.RESEARCHER])
def test_actions_on_runs_are_for_managers(name: str, role: Role) -> None:
    run = RunFactory()
    assert _client(role).post(reverse(f"jobs:{name}", args=[run.pk])).status_code == 403
    run.refresh_from_db()
    assert (run.state, Run.objects.count()) == (RunState.QUEUED, 1)


@pytest.mark.parametrize("name", ["cancel", "again"])
def test_actions_on_runs_need_a_post(manager_client: Client, name: str) -> None:
    run = RunFactory()
    assert manager_client.get(reverse(f"jobs:{name}", args=[run.pk])).status_code == 405


@pytest.mark.parametrize("count", [1, 3])
def test_runs_asks_the_same_few_queries_for_many_runs(
    manager_client: Client, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for _ in range(count):
        RunFactory(round=RoundFactory())
    with django_assert_num_queries(4):
        manager_client.get(reverse("jobs:runs"))


def test_runs_lists_the_newest_first_and_filters_by_kind(manager_client: Client) -> None:
    old, painted, new = (
        RunFactory(),
        RunFactory(kind=RunKind.PAINT),
        RunFactory(kind=RunKind.SAMPLE),
    )
    answer = manager_client.get(reverse("jobs:runs"))
    assert [row[0] for row in answer.context["rows"]] == [new, painted, old]
    answer = manager_client.get(reverse("jobs:runs"), {"kind": "paint"})
    assert [row[0] for row in answer.context["rows"]] == [painted]


@pytest.mark.parametrize("query", [{"kind": "x' OR 1=1"}, {"page": "-3"}, {"page": "nine"}])
def test_runs_survives_odd_queries(manager_client: Client, query: dict[str, str]) -> None:
    assert manager_client.get(reverse("jobs:runs"), query).status_code == 200


def test_runs_polls_only_while_something_goes_on(manager_client: Client) -> None:
    RunFactory(finished=True, results={"described": 1, "failed": 0})
    assert "hx-trigger" not in manager_client.get(reverse("jobs:runs")).content.decode()
    RunFactory()
    assert "hx-trigger" in manager_client.get(reverse("jobs:runs")).content.decode()


def test_run_polls_its_fragment_until_it_is_finished(manager_client: Client) -> None:
    run = RunFactory(state=RunState.RUNNING, stage="painting", step=3, total=10)
    fragment = _page(manager_client, run, hx_request="true")
    assert "<html" not in fragment
    assert fragment.count('hx-trigger="every 1s"') == 1
    assert fragment.count('value="3" max="10"') == 1
    Run.objects.update(state=RunState.CANCELLED)
    assert "hx-trigger" not in _page(manager_client, run, hx_request="true")


def test_run_shows_curves_without_inline_style_or_script(manager_client: Client) -> None:
    run = RunFactory(state=RunState.RUNNING)
    (run.folder / "train").mkdir(parents=True)
    lines = '{"step": 1, "loss": 1.0}\n{"step": 2, "loss": 0.5}\n'
    (run.folder / "train" / "metrics.jsonl").write_text(lines)
    page = _page(manager_client, run)
    assert page.count('points="6.0,6.0 314.0,124.0"') == 1
    assert (page.count(" style="), page.count("<style"), page.count("onclick")) == (0, 0, 0)


def test_run_escapes_what_a_process_wrote(manager_client: Client) -> None:
    run = RunFactory(state=RunState.FAILED, failure="<script>alert(1)</script>")
    run.folder.mkdir(parents=True)
    (run.folder / "log.txt").write_text("<img src=x onerror=alert(2)>")
    page = _page(manager_client, run)
    assert (page.count("<script>alert"), page.count("<img src=x")) == (0, 0)


def test_run_links_what_it_came_from_and_what_came_of_it(manager_client: Client) -> None:
    snapshot = SnapshotFactory()
    took = RunFactory(kind=RunKind.SNAPSHOT, results={"snapshot": str(snapshot.pk)})
    reward = RunFactory(
        kind=RunKind.REWARD, options={"axis": "emo"}, inputs={"snapshot": str(snapshot.pk)}
    )
    refine = RunFactory(
        kind=RunKind.REFINE, options={"axis": "emo"}, inputs={"reward": str(reward.pk)}
    )
    paint = RunFactory(kind=RunKind.PAINT, inputs={"adapters": {"emo": str(refine.pk)}})
    ancestry = manager_client.get(reverse("jobs:run", args=[reward.pk])).context["ancestry"]
    assert (ancestry.snapshot, ancestry.snapshot_run) == (snapshot, took)
    assert (ancestry.inputs, ancestry.outputs) == ([], [refine])
    ancestry = manager_client.get(reverse("jobs:run", args=[refine.pk])).context["ancestry"]
    assert (ancestry.inputs, ancestry.outputs) == ([reward], [paint])
    ancestry = manager_client.get(reverse("jobs:run", args=[took.pk])).context["ancestry"]
    assert (ancestry.snapshot, ancestry.outputs) == (snapshot, [reward])


def test_run_hides_the_buttons_from_researchers() -> None:
    page = _page(_client(Role.RESEARCHER), RunFactory())
    assert page.count(">Cancel</button>") == 0


def test_run_that_does_not_exist_is_not_found(manager_client: Client) -> None:
    path = reverse("jobs:run", args=["00000000-0000-0000-0000-000000000000"])
    assert manager_client.get(path).status_code == 404


def test_cancel_stops_a_waiting_run(manager_client: Client) -> None:
    run = RunFactory()
    answer = manager_client.post(reverse("jobs:cancel", args=[run.pk]))
    run.refresh_from_db()
    assert (answer["Location"], run.state) == (
        reverse("jobs:run", args=[run.pk]),
        RunState.CANCELLED,
    )


def test_again_leads_to_the_new_run(manager_client: Client) -> None:
    run = RunFactory(state=RunState.FAILED)
    answer = manager_client.post(reverse("jobs:again", args=[run.pk]))
    new = Run.objects.exclude(pk=run.pk).get()
    assert answer["Location"] == reverse("jobs:run", args=[new.pk])


def test_artifact_is_served_with_its_type_and_not_cached_by_others(manager_client: Client) -> None:
    run = RunFactory()
    run.folder.mkdir(parents=True)
    (run.folder / "sheet.png").write_bytes(b"png")
    answer = manager_client.get(reverse("jobs:artifact", args=[run.pk, "sheet.png"]))
    assert b"".join(answer.streaming_content) == b"png"
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["X-Content-Type-Options"] == "nosniff"
    answer.close()


@pytest.mark.parametrize(
    "name", ["../secret.txt", "..%2fsecret.txt", "a/../../secret.txt", "/etc/passwd", "none.png"]
)
def test_artifact_outside_of_the_run_is_not_found(manager_client: Client, name: str) -> None:
    run = RunFactory()
    run.folder.mkdir(parents=True)
    (run.folder.parent / "secret.txt").write_text("secret")
    answer = manager_client.get(f"/runs/{run.pk}/files/{name}")
    assert answer.status_code == 404


def test_run_leads_to_a_launch_form_that_is_filled_in_like_itself(manager_client: Client) -> None:
    adapter = RunFactory(kind=RunKind.REFINE, options={"axis": "emo"}, finished=True)
    run = RunFactory(
        kind=RunKind.PAINT,
        options={"per_clip": 7, "steps": None, "emo": 0.5},
        inputs={"adapters": {"emo": str(adapter.pk)}},
    )
    query = manager_client.get(reverse("jobs:run", args=[run.pk])).context["launch_query"]
    answer = manager_client.get(f"{reverse('jobs:launch', args=['paint'])}?{query}")
    form = answer.context["form"]
    values = [form[name].value() for name in ("per_clip", "steps", "emo", "adapter_emo")]
    assert values == ["7", None, "0.5", str(adapter.pk)]


@pytest.mark.parametrize(("chosen", "attribute"), [(True, 1), (False, 0)])
def test_run_leads_to_a_launch_form_with_its_boxes_ticked(
    manager_client: Client, chosen: bool, attribute: int
) -> None:
    run = RunFactory(kind=RunKind.SNAPSHOT, options={"include_simulated": chosen})
    query = manager_client.get(reverse("jobs:run", args=[run.pk])).context["launch_query"]
    page = manager_client.get(f"{reverse('jobs:launch', args=['snapshot'])}?{query}")
    assert str(page.context["form"]["include_simulated"]).count(" checked") == attribute
