"""Seven kinds of bad input to every endpoint of the loop: refused, and nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.utils import timezone

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Comparison, Judgement, Lease
from annotate_site.annotation.services import next_lease
from tests.annotate_site.api.callers import token_of, with_token
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import comparisons_of_one_clip

pytestmark = pytest.mark.django_db


class Scene(NamedTuple):
    client: Client
    person: Person
    lease: Lease
    foreign: Lease


@pytest.fixture
def scene() -> Scene:
    """Two people with a lease each; one comparison more waits."""
    comparisons_of_one_clip(3, overlap=1)
    person, stranger = PersonFactory.create_batch(2)
    now = timezone.now() - timedelta(minutes=5)
    lease, foreign = (next_lease(annotator=somebody, now=now) for somebody in (person, stranger))
    return Scene(with_token(token_of(person)), person, lease, foreign)


Body = dict[str, Any]


def put_one(scene: Scene, body: Body, *, lease: Lease | None = None, axis: str = "emo") -> Any:
    path = f"/api/v1/leases/{(lease or scene.lease).pk}/judgements/{axis}"
    return scene.client.put(path, json.dumps(body), content_type="application/json")


def put_all(scene: Scene, body: Body, *, lease: Lease | None = None, axis: str = "emo") -> Any:
    """`body` is the first answer, with fields that belong beside the answers lifted out."""
    answers = [{"axis": axis} | body, *({"axis": a, "verdict": "tie"} for a in ("con", "cre"))]
    path = f"/api/v1/leases/{(lease or scene.lease).pk}/judgements?next=1"
    message = {"judgements": answers}
    return scene.client.put(path, json.dumps(message), content_type="application/json")


Put = Callable[..., Any]
both = pytest.mark.parametrize("put", [put_one, put_all])


def refused(scene: Scene, answer: Any, status: int) -> str:
    """The sentence; nothing was stored, and no other comparison was handed out."""
    assert answer.status_code == status
    assert Judgement.objects.count() == 0
    assert Lease.objects.count() == 2
    scene.lease.refresh_from_db()
    assert scene.lease.answered == 0
    return str(answer.json()["detail"])


@both
def test_wrong_axis(scene: Scene, put: Put) -> None:
    sentence = refused(scene, put(scene, {"verdict": "left"}, axis="fun"), *_STATUS[put])
    assert "emo" in sentence
    assert "con" in sentence


_STATUS = {put_one: [409], put_all: [400]}  # The one is a part of the address.


@both
def test_foreign_lease(scene: Scene, put: Put) -> None:
    answer = put(scene, {"verdict": "left"}, lease=scene.foreign)
    assert refused(scene, answer, 404) == (
        "this comparison is not among yours; POST leases gives you one"
    )


@both
def test_expired_lease_that_somebody_else_holds(scene: Scene, put: Put) -> None:
    Comparison.objects.exclude(pk=scene.lease.comparison_id).update(is_open=False)
    later = timezone.now() + timedelta(hours=1)
    assert next_lease(annotator=PersonFactory(), now=later) is not None
    answer = put(scene, {"verdict": "left"})
    assert (answer.status_code, Judgement.objects.count()) == (409, 0)
    assert answer.json()["detail"].startswith("this comparison lay open for so long that it went")


@both
@pytest.mark.parametrize("field", ["annotator", "author", "left", "created_at", "weight"])
def test_forged_author(scene: Scene, put: Put, field: str) -> None:
    forged = {"verdict": "left", field: str(scene.foreign.annotator.pseudonym)}
    sentence = refused(scene, put(scene, forged), 400)
    assert sentence.endswith(
        f"{field}: there is no such field; whose answer it is follows from the token and the lease"
    )


@both
def test_bogus_choice(scene: Scene, put: Put) -> None:
    sentence = refused(scene, put(scene, {"verdict": "both"}), 400)
    assert sentence.endswith("verdict: input should be 'left', 'right', 'tie' or 'cannot_tell'")


@both
@pytest.mark.parametrize("values", [{"response_ms": -1}, {"listened_share": -0.5}])
def test_negative_time(scene: Scene, put: Put, values: Body) -> None:
    sentence = refused(scene, put(scene, {"verdict": "left"} | values), 400)
    assert sentence.endswith("input should be greater than or equal to 0")


@both
def test_oversized_body(scene: Scene, put: Put) -> None:
    answer = put(scene, {"verdict": "x" * 20_000})
    assert refused(scene, answer, 413) == "the body is larger than 16384 bytes"


def test_leases_refuses_a_forged_author_and_an_oversized_body(scene: Scene) -> None:
    bodies: dict[str, int] = {'{"annotator": 1}': 400, '{"lease": "x"}': 400, "x" * 20_000: 413}
    for body, status in bodies.items():
        answer = scene.client.post("/api/v1/leases", body, content_type="application/json")
        refused(scene, answer, status)


@pytest.mark.parametrize("query", ["next=2", "next=yes", "next="])
def test_judgements_refuses_another_wish_than_the_next(scene: Scene, query: str) -> None:
    path = f"/api/v1/leases/{scene.lease.pk}/judgements?{query}"
    body = json.dumps({"judgements": [{"axis": "emo", "verdict": "left"}]})
    answer = scene.client.put(path, body, content_type="application/json")
    assert refused(scene, answer, 400) == "next is 0 or 1"


@pytest.mark.parametrize("answers", [[], [{"axis": "emo", "verdict": "left"}] * 4, {}, None])
def test_judgements_refuses_too_few_and_too_many(scene: Scene, answers: Any) -> None:
    path = f"/api/v1/leases/{scene.lease.pk}/judgements"
    body = json.dumps({"judgements": answers})
    refused(scene, scene.client.put(path, body, content_type="application/json"), 400)
