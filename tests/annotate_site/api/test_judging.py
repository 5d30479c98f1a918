from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Comparison, Judgement, Lease, Side, Slot
from tests.annotate_site.api.callers import caller, token_of, with_token
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import ClipFactory
from tests.factories.datasets import comparison_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def annotator() -> Person:
    return PersonFactory()


@pytest.fixture
def client(annotator: Person) -> Client:
    return with_token(token_of(annotator))


@pytest.fixture
def comparison() -> Comparison:
    comparison = comparison_of(ClipFactory())
    Slot.objects.create(comparison=comparison, index=0, position=0.5)
    return comparison


@pytest.fixture
def lease(client: Client, comparison: Comparison) -> Lease:
    """A lease in hand whose clip has been listened to."""
    client.post("/api/v1/leases/", content_type="application/json")
    Lease.objects.update(opens_at=timezone.now() - timedelta(seconds=1))
    return Lease.objects.get()


def _put(client: Client, lease: Lease, axis: str, **body: Any) -> HttpResponse:
    path = f"/api/v1/leases/{lease.id}/judgements/{axis}"
    return client.put(path, json.dumps(body), content_type="application/json")


def test_leases_hands_out_the_next_comparison(client: Client, comparison: Comparison) -> None:
    answer = client.post("/api/v1/leases/", content_type="application/json").json()
    lease = Lease.objects.get()
    pair = [comparison.first_id, comparison.second_id]
    left, right = pair if lease.left == Side.FIRST else pair[::-1]
    assert answer["id"] == str(lease.id)
    assert answer["audio_url"] == reverse("catalog:audio", args=[comparison.clip_id])
    sides = [reverse("catalog:image", args=[side]) for side in (left, right)]
    assert [answer["left_url"], answer["right_url"]] == sides
    assert [question["axis"] for question in answer["questions"]] == ["emo", "con", "cre"]
    assert (answer["next_axis"], answer["duration_s"]) == ("emo", 1.5)


def test_leases_names_no_painter(client: Client, comparison: Comparison) -> None:
    content = client.post("/api/v1/leases/", content_type="application/json").content.decode()
    painter = comparison.first.painter
    assert [word for word in (painter.name, str(painter.id), "painter") if word in content] == []


def test_leases_gives_the_same_lease_again(client: Client, lease: Lease) -> None:
    assert client.post("/api/v1/leases/", content_type="application/json").json()["id"] == str(
        lease.id
    )
    assert Lease.objects.count() == 1


def test_leases_says_when_nothing_is_left(client: Client) -> None:
    answer = client.post("/api/v1/leases/", content_type="application/json")
    assert (answer.status_code, answer.content) == (204, b"")


def test_judgement_is_stored_and_names_what_is_next(client: Client, lease: Lease) -> None:
    answer = _put(client, lease, "emo", verdict="left", response_ms=900, listened_share=0.5)
    assert answer.json() == {
        "axis": "emo",
        "verdict": "left",
        "next_axis": "con",
        "is_complete": False,
    }
    stored = Judgement.objects.get()
    assert (stored.verdict, stored.response_ms, stored.listened_share) == ("left", 900, 0.5)


def test_judgement_on_the_last_axis_completes_the_comparison(client: Client, lease: Lease) -> None:
    answers = [_put(client, lease, axis, verdict="tie").json() for axis in ("emo", "con", "cre")]
    assert [answer["is_complete"] for answer in answers] == [False, False, True]
    lease.refresh_from_db()
    assert lease.completed_at is not None


def test_judgement_sent_twice_is_stored_once(client: Client, lease: Lease) -> None:
    answers = [_put(client, lease, "emo", verdict="right").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert Judgement.objects.count() == 1


def test_judgement_that_contradicts_the_stored_one_is_refused(client: Client, lease: Lease) -> None:
    _put(client, lease, "emo", verdict="right")
    answer = _put(client, lease, "emo", verdict="left")
    assert answer.status_code == 409
    assert answer.json() == {"detail": "you answered 'Right' to this already; undo it to change it"}


@pytest.mark.parametrize("axis", ["cre", "mood"])
def test_judgement_on_another_axis_is_refused(client: Client, lease: Lease, axis: str) -> None:
    answer = _put(client, lease, axis, verdict="left")
    assert (answer.status_code, list(answer.json())) == (409, ["detail"])
    assert Judgement.objects.count() == 0


def test_judgement_on_somebody_elses_lease_is_not_found(lease: Lease) -> None:
    answer = _put(caller(), lease, "emo", verdict="left")
    assert answer.status_code == 404
    assert answer.json() == {
        "detail": "this comparison is not among yours; POST leases gives you one"
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "verdict"),
        ({"verdict": "both"}, "verdict"),
        ({"verdict": ["left"]}, "verdict"),
        ({"verdict": None}, "verdict"),
        ({"verdict": "left", "strength": 9}, "strength"),
        ({"verdict": "left", "response_ms": -1}, "response_ms"),
        ({"verdict": "left", "response_ms": 10**30}, "response_ms"),
        ({"verdict": "left", "listened_share": 1.5}, "listened_share"),
        ({"verdict": "left", "listened_share": "much"}, "listened_share"),
    ],
)
def test_judgement_with_a_bad_field_is_refused(
    client: Client, lease: Lease, body: dict[str, Any], field: str
) -> None:
    answer = _put(client, lease, "emo", **body)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert Judgement.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[1, 2]", "application/json", 400),
        (b'{"verdict": "left", "listened_share": NaN}', "application/json", 400),
        (b"[" * 10_000, "application/json", 400),
        (b"[" * 100_000, "application/json", 413),
        (b'{"verdict": "' + b"x" * (1 << 20) + b'"}', "application/json", 413),
        (b"verdict=left", "application/x-www-form-urlencoded", 415),
        (b"<verdict/>", "application/xml", 415),
    ],
)
def test_judgement_with_a_hostile_body_is_refused(
    client: Client, lease: Lease, body: bytes, kind: str, status: int
) -> None:
    path = f"/api/v1/leases/{lease.id}/judgements/emo"
    answer = client.put(path, body, content_type=kind)
    assert answer.status_code == status
    assert isinstance(answer.json()["detail"], str)
    assert Judgement.objects.count() == 0
