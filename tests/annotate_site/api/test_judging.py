from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Comparison, Judgement, Lease, Side, Slot
from annotate_site.annotation.services import current_project, forget_project
from annotate_site.catalog.models import Candidate
from tests.annotate_site.annotation.services.projects import project_with
from tests.annotate_site.api.callers import caller, token_of, with_token
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import ClipFactory, PainterFactory
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


def test_leases_tells_two_painters_apart_by_nothing(client: Client, comparison: Comparison) -> None:
    other = PainterFactory(name="the adapted one", kind="adapted", generation=9)
    Candidate.objects.filter(pk=comparison.second_id).update(
        painter=other, prompt="a secret prompt", title="Adapted", attribution="by the machine"
    )
    answer = client.post("/api/v1/leases", content_type="application/json")
    told = answer.json()
    assert sorted(told) == [
        "audio_url", "caption", "clip_title", "duration_s", "expires_at", "gain_db", "id",
        "left_is_sensitive", "left_url", "next_axis", "opens_at", "questions",
        "right_is_sensitive", "right_url",
    ]  # fmt: skip
    places = {told["left_url"], told["right_url"]}
    ids = (comparison.first_id, comparison.second_id)
    assert places == {reverse("catalog:image", args=[key]) for key in ids}
    for secret in (other.name, str(other.pk), "secret", "machine", "gold", "work", "purpose"):
        assert secret not in answer.content.decode()


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


ALL = {"judgements": [{"axis": axis, "verdict": "tie"} for axis in ("emo", "con", "cre")]}


def _put_all(client: Client, lease: Lease, query: str = "") -> HttpResponse:
    path = f"/api/v1/leases/{lease.id}/judgements{query}"
    return client.put(path, json.dumps(ALL), content_type="application/json")


def test_judgements_stores_all_three_and_names_no_next_unasked(
    client: Client, lease: Lease
) -> None:
    assert _put_all(client, lease).json() == {
        "judgements": ALL["judgements"],
        "next_axis": None,
        "is_complete": True,
        "next": None,
        "why_none": "",
    }
    assert Judgement.objects.count() == 3


def test_judgements_hands_out_the_next_lease_in_the_same_reply(
    client: Client, lease: Lease
) -> None:
    other = comparison_of(ClipFactory())
    Slot.objects.create(comparison=other, index=0, position=0.9)
    following = _put_all(client, lease, "?next=1").json()["next"]
    assert following["audio_url"] == reverse("catalog:audio", args=[other.clip_id])
    again = client.post("/api/v1/leases", content_type="application/json").json()
    assert again | {"expires_at": following["expires_at"]} == following


def test_judgements_sent_twice_are_stored_once(client: Client, lease: Lease) -> None:
    answers = [_put_all(client, lease, "?next=1").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert (Judgement.objects.count(), answers[0]["next"]) == (3, None)


def test_judgements_are_stored_even_when_the_next_is_refused(client: Client, lease: Lease) -> None:
    project_with(daily_cap=1)
    answer = _put_all(client, lease, "?next=1").json()
    assert (answer["is_complete"], answer["next"]) == (True, None)
    assert answer["why_none"].startswith("you have judged 1 comparison today,")
    assert Judgement.objects.count() == 3


def test_leases_says_why_somebody_gets_no_work(client: Client, annotator: Person) -> None:
    Person.objects.update(standing="paused")
    answer = client.post("/api/v1/leases", content_type="application/json")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("your work is paused")


def test_leases_shows_the_projects_words_and_hides_the_caption(
    client: Client, comparison: Comparison
) -> None:
    project_with(shows_caption=False, questions={"emo": {"question": "Which one is sadder?"}})
    answer = client.post("/api/v1/leases", content_type="application/json").json()
    assert answer["caption"] == ""
    assert answer["questions"][0]["text"] == "Which one is sadder?"
    assert answer["questions"][1]["text"] == "Which picture fits what the music is about better?"


@pytest.mark.parametrize("slash", ["", "/"])
def test_every_address_works_with_and_without_a_slash(
    client: Client, lease: Lease, slash: str
) -> None:
    base = f"/api/v1/leases{slash}"
    assert client.post(base, content_type="application/json").status_code == 200
    one = f"/api/v1/leases/{lease.id}/judgements/emo{slash}"
    answer = client.put(one, json.dumps({"verdict": "tie"}), content_type="application/json")
    assert answer.status_code == 200
    every = f"/api/v1/leases/{lease.id}/judgements{slash}"
    answer = client.put(every, json.dumps(ALL), content_type="application/json")
    assert answer.status_code == 200


def test_both_ways_round_the_loop_stay_within_8_statements(
    client: Client, lease: Lease, settings: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.PROJECT_CACHE_SECONDS = 60
    project_with(listen_s=0)
    for position in (0.7, 0.8, 0.9):
        other = comparison_of(ClipFactory())
        Slot.objects.create(comparison=other, index=0, position=position)
    forget_project()
    current_project()
    _put_all(client, lease)
    # Whose token, and the lease with all that is shown of it; then whose token, and the answer.
    with django_assert_num_queries(8):
        taken = client.post("/api/v1/leases", content_type="application/json").json()
        for axis in ("emo", "con", "cre"):
            assert _put(client, Lease(id=taken["id"]), axis, verdict="left").status_code == 200
    taken = client.post("/api/v1/leases", content_type="application/json").json()
    with django_assert_num_queries(3):  # Whose token, the answers, the next lease.
        assert _put_all(client, Lease(id=taken["id"]), "?next=1").json()["next"] is not None
    forget_project()
