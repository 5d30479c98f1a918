from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotate_site.accounts.models import Role
from annotate_site.jobs.models import Run, RunKind
from annotate_site.jobs.reward_comparison import Row
from tests.factories.accounts import PersonFactory
from tests.factories.jobs import RunFactory
from workbench.files import write_json

pytestmark = pytest.mark.django_db


def _reward(accuracy: float = 0.8, steps: int = 2, **options: object) -> Run:
    test = {"n": 20, "accuracy": accuracy, "accuracy_low": 0.6, "accuracy_high": 0.9}
    run = RunFactory(
        kind=RunKind.REWARD,
        options={"axis": "emo", **options},
        results={"snapshot_sha256": "a" * 64, "splits": {"test": test},
                 "calibration": {"ece_before": 0.2, "ece_after": 0.05, "temperature": 1.5}},
        finished=True,
    )  # fmt: skip
    (run.folder / "train").mkdir(parents=True)
    lines = [f'{{"step": {n}, "eval_loss": {1 / n}}}\n' for n in range(1, steps + 1)]
    (run.folder / "train" / "metrics.jsonl").write_text("".join(lines))
    return run


def _compared(client: Client, *runs: Run):
    return client.get(reverse("jobs:compare"), {"run": [str(run.pk) for run in runs]}).context


def test_compare_shows_measures_and_only_what_differs(manager_client: Client) -> None:
    one, other = _reward(0.8, epochs=60, seed=1), _reward(0.7, epochs=10, seed=1)
    comparison = _compared(manager_client, other, one)["comparison"]
    assert comparison.runs == [other, one]
    assert comparison.differing == [Row("Epochs", [10, 60])]
    assert comparison.measured == [
        Row("accuracy on unseen clips", ["70.0% (60.0% to 90.0%)", "80.0% (60.0% to 90.0%)"]),
        Row("unseen pairs", [20, 20]),
        Row("calibration error, as trained", [0.2, 0.2]),
        Row("calibration error, after the temperature", [0.05, 0.05]),
        Row("temperature", [1.5, 1.5]),
    ]


def test_compare_takes_a_setting_that_was_not_chosen_as_its_default(manager_client: Client) -> None:
    comparison = _compared(manager_client, _reward(seed=0), _reward())["comparison"]
    assert comparison.differing == []


def test_compare_lays_curves_over_each_other_on_one_scale(manager_client: Client) -> None:
    (panel,) = _compared(manager_client, _reward(steps=2), _reward(steps=3))["comparison"].panels
    assert (panel.title, panel.first_step, panel.last_step) == ("loss, held-out", 1, 3)
    assert [(curve.label, curve.colour) for curve in panel.curves] == [("1", 1), ("2", 2)]
    ends = [(curve.end_x, curve.end_y) for curve in panel.curves]
    assert ends == [(160.0, 94.5), (314.0, 124.0)]


def test_compare_names_what_is_too_many_and_ignores_what_is_no_reward_run(
    manager_client: Client,
) -> None:
    runs = [_reward() for _ in range(5)]
    context = _compared(manager_client, *runs, RunFactory(kind=RunKind.PAINT, finished=True))
    assert (context["comparison"].runs, context["left_out"]) == (runs[:4], 1)


@pytest.mark.parametrize("query", [{}, {"run": "x' OR 1=1"}, {"run": [""]}])
def test_compare_without_two_runs_offers_them(manager_client: Client, query: dict) -> None:
    run = _reward()
    context = manager_client.get(reverse("jobs:compare"), query).context
    assert context["comparison"] is None
    assert [(row[0], row[3]) for row in context["offered"]] == [(run, False)]


@pytest.mark.parametrize(("role", "status"), [(Role.ANNOTATOR, 403), (Role.RESEARCHER, 200)])
def test_compare_is_for_staff(role: Role, status: int) -> None:
    client = Client()
    client.force_login(PersonFactory(role=role))
    assert client.get(reverse("jobs:compare")).status_code == status


@pytest.mark.parametrize("count", [1, 3])
def test_compare_asks_the_same_few_queries_for_many_runs(
    manager_client: Client, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    ids = [str(_reward().pk) for _ in range(count)]
    with django_assert_num_queries(4):
        manager_client.get(reverse("jobs:compare"), {"run": ids})


def test_reward_run_shows_what_to_know_first_and_its_disagreements(
    manager_client: Client, disagreement: dict
) -> None:
    run = _reward()
    elsewhere = disagreement | {"clip_id": "clip0"}
    told = {"disagreements": [disagreement, elsewhere]}
    write_json(run.folder / "train" / "disagreements.json", told)
    answer = manager_client.get(reverse("jobs:run", args=[run.pk]))
    (found,) = answer.context["live"].disagreements
    assert (str(found.clip.pk), found.predicted) == (disagreement["clip_id"], 0.08)
    page = answer.content.decode()
    assert page.count(reverse("catalog:image", args=[disagreement["chosen"]])) == 1
    assert page.count(reverse("catalog:audio", args=[disagreement["clip_id"]])) == 1
    assert page.count("100 % of 3 votes") == 1
    assert page.count("model expects 8 %") == 1
    assert page.count(f"{reverse('jobs:compare')}?run={run.pk}") == 1


def test_reward_run_of_before_has_no_disagreements(manager_client: Client) -> None:
    answer = manager_client.get(reverse("jobs:run", args=[_reward().pk]))
    assert answer.context["live"].disagreements == []
