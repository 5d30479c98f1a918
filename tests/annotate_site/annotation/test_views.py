from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.db.models import F
from django.test import Client
from django.urls import reverse

from annotate_site.annotation.models import Judgement, Lease, Side
from annotate_site.annotation.services import next_lease, submit_judgement
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, ComparisonFactory, comparisons_of_one_clip
from workbench.axes import AXES

HTMX = {"HX-Request": "true"}
ANSWER, UNDO, JUDGE = (reverse(f"annotation:{name}") for name in ("answer", "undo", "judge"))


@pytest.fixture
def annotator(db):
    return PersonFactory()


@pytest.fixture
def browser(client, annotator):
    client.force_login(annotator)
    return client


@pytest.fixture
def lease(annotator) -> Lease:
    """A lease that has been listened to, with another comparison behind it."""
    comparisons_of_one_clip(2, overlap=1)
    return next_lease(annotator=annotator, now=NOON)


def send(browser, of, axis="emo", verdict="left", *, htmx=True, **values):
    values = {"lease": of.pk, "axis": axis, "verdict": verdict} | values
    return browser.post(ANSWER, values, headers=HTMX if htmx else {})


def axis_shown(response) -> str:
    return _value_of("axis", response)


def lease_shown(response) -> str:
    return _value_of("lease", response)


def _value_of(field: str, response) -> str:
    return re.search(f'name="{field}" value="([^"]*)"', response.content.decode())[1]


def gate_line(response) -> str:
    return unescape(re.search(r'<p class="gate[^>]*>([^<]*)</p>', response.content.decode())[1])


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("url", [JUDGE, ANSWER, UNDO])
def test_every_view_sends_strangers_to_the_sign_in_page(client, method, url):
    response = getattr(client, method)(url)

    assert (response.status_code, response.url) == (302, f"/sign-in/?next={url}")


def test_judge_shows_the_pictures_on_their_sides_and_nothing_about_their_painter(browser, lease):
    comparison = lease.comparison
    left, right = (
        (comparison.first, comparison.second)
        if lease.left == Side.FIRST
        else (comparison.second, comparison.first)
    )

    content = browser.get(JUDGE).content.decode()

    places = [content.index(reverse("catalog:image", args=[side.pk])) for side in (left, right)]
    assert places == sorted(places)
    assert "Which picture fits the <em>feeling</em> of the music better?" in content
    assert comparison.clip.caption in content
    for secret in (left.painter.name, str(left.painter_id), left.prompt, left.sha256):
        assert secret not in content


def test_judge_reloaded_shows_the_same_lease_at_the_same_axis(browser, lease):
    send(browser, lease)

    responses = [browser.get(JUDGE) for _ in range(2)]

    assert [axis_shown(response) for response in responses] == ["con", "con"]
    assert [lease_shown(response) for response in responses] == [str(lease.pk)] * 2
    assert responses[0]["Cache-Control"].startswith("max-age=0, no-cache, no-store")


def test_judge_says_when_nothing_is_left(browser):
    response = browser.get(JUDGE)

    assert response.context["page"] is None
    assert "Nothing to judge yet" in response.content.decode()


def test_answer_by_htmx_returns_the_next_question_alone(browser, lease):
    response = send(browser, lease, response_ms="1200", listened_share="0.5")

    content = response.content.decode()
    assert (response.status_code, axis_shown(response)) == (200, "con")
    assert content.lstrip().startswith('<div class="task con"')
    assert "<audio" not in content
    assert "HX-Retarget" not in response
    stored = Judgement.objects.get()
    assert (stored.verdict, stored.response_ms, stored.listened_share) == ("left", 1200, 0.5)


def test_answer_to_the_third_axis_returns_the_next_comparison(browser, lease):
    *_, response = [send(browser, lease, axis) for axis in AXES]

    assert response["HX-Retarget"] == "#comparison"
    assert axis_shown(response) == "emo"
    assert lease_shown(response) != str(lease.pk)
    content = response.content.decode()
    assert '<dd id="judged">1</dd>' in content
    assert '<dd id="waiting">1</dd>' in content
    assert "<audio" in content


def test_answer_sent_twice_shows_the_same_question_twice(browser, lease):
    responses = [send(browser, lease) for _ in range(2)]

    assert [axis_shown(response) for response in responses] == ["con", "con"]
    assert Judgement.objects.count() == 1


def test_answer_without_scripts_redirects_to_the_page(browser, lease):
    response = send(browser, lease, htmx=False, response_ms="", listened_share="")

    assert (response.status_code, response.url) == (302, JUDGE)
    assert Judgement.objects.get().response_ms is None


BAD_INPUT = [
    ({"axis": "fun"}, "Axis: Select a valid choice. fun is not one of the available choices."),
    ({"axis": "cre"}, "The axis 'emo' comes first."),
    (
        {"verdict": "both"},
        "Verdict: Select a valid choice. both is not one of the available choices.",
    ),
    ({"verdict": ""}, "Verdict: This field is required."),
    ({"lease": "1; DROP TABLE"}, "Lease: Enter a valid UUID."),
    ({"lease": uuid4()}, "This comparison is not among yours; reload the page to get your own."),
    ({"response_ms": -1}, "Response ms: Ensure this value is greater than or equal to 0."),
    (
        {"response_ms": 10**12},
        "Response ms: Ensure this value is less than or equal to 86400000.",
    ),
    ({"listened_share": 1.5}, "Listened share: Ensure this value is less than or equal to 1."),
    ({"listened_share": "nan"}, "Listened share: Enter a number."),
]


@pytest.mark.parametrize(("values", "sentence"), BAD_INPUT)
def test_answer_refuses_bad_input_by_htmx_in_place(browser, lease, values, sentence):
    response = send(browser, lease, **values)

    assert response.status_code == 409
    assert gate_line(response) == sentence
    assert axis_shown(response) == "emo"
    assert Judgement.objects.count() == 0


@pytest.mark.parametrize(("values", "sentence"), BAD_INPUT)
def test_answer_refuses_bad_input_without_scripts_in_a_message(browser, lease, values, sentence):
    response = send(browser, lease, htmx=False, **values)

    assert (response.status_code, response.url) == (302, JUDGE)
    assert [str(message) for message in get_messages(response.wsgi_request)] == [sentence]
    assert Judgement.objects.count() == 0


def test_answer_refuses_a_foreign_lease(browser, lease):
    ComparisonFactory(overlap=1, position=9)
    foreign = next_lease(annotator=PersonFactory(), now=NOON)

    response = send(browser, foreign)

    assert response.status_code == 409
    assert response["HX-Retarget"] == "#comparison"
    assert lease_shown(response) == str(lease.pk)
    assert Judgement.objects.count() == 0


def test_answer_to_a_lost_lease_says_so_and_shows_another_comparison(browser, lease):
    next_lease(annotator=PersonFactory(), now=NOON + timedelta(hours=1))

    response = send(browser, lease)

    assert response.status_code == 409
    assert gate_line(response) == (
        "This comparison lay open for so long that it went to somebody else; here is another."
    )
    assert Judgement.objects.count() == 0


def test_answer_too_early_names_the_missing_seconds(browser, lease):
    Lease.objects.update(opens_at=F("opens_at") + timedelta(days=36_500))

    response = send(browser, lease)

    assert response.status_code == 409
    assert re.fullmatch(r"Listen \d+ more seconds to answer\.", gate_line(response))


def test_answer_refuses_an_oversized_body(browser, lease):
    response = send(browser, lease, padding="x" * (1 << 20))

    assert response.status_code == 400
    assert Judgement.objects.count() == 0


def test_answer_needs_the_csrf_token(annotator, lease):
    client = Client(enforce_csrf_checks=True)
    client.force_login(annotator)

    assert send(client, lease).status_code == 403
    assert Judgement.objects.count() == 0


@pytest.mark.parametrize("url", [ANSWER, UNDO])
def test_writing_views_refuse_get(browser, url):
    assert browser.get(url).status_code == 405


def test_undo_shows_the_question_again(browser, lease):
    send(browser, lease)
    newest = Judgement.objects.get()

    response = browser.post(UNDO, {"judgement": newest.pk, "lease": lease.pk}, headers=HTMX)

    assert (response.status_code, axis_shown(response)) == (200, "emo")
    assert "HX-Retarget" not in response
    newest.refresh_from_db()
    assert newest.undone_at is not None


def test_undo_goes_back_to_the_comparison_before(browser, annotator, lease):
    for axis in AXES:
        newest = submit_judgement(
            annotator=annotator,
            lease_id=lease.pk,
            axis=axis,
            verdict="left",
            now=NOON + timedelta(minutes=1),
        ).judgement
    following = browser.get(JUDGE).context["page"].shown.lease

    response = browser.post(UNDO, {"judgement": newest.pk, "lease": following.pk}, headers=HTMX)

    assert response["HX-Retarget"] == "#comparison"
    assert (lease_shown(response), axis_shown(response)) == (str(lease.pk), "cre")


def test_undo_sent_twice_takes_back_one_answer(browser, lease):
    for axis in AXES[:2]:
        send(browser, lease, axis)
    newest = Judgement.objects.get(axis="con")

    for _ in range(2):
        response = browser.post(UNDO, {"judgement": newest.pk, "lease": lease.pk}, headers=HTMX)

    assert response.status_code == 409
    assert gate_line(response) == "There is nothing to undo any more."
    assert Judgement.objects.filter(undone_at=None).count() == 1


def test_undo_refuses_what_is_no_id(browser, lease):
    response = browser.post(UNDO, {"judgement": "newest", "lease": lease.pk})

    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        "Judgement: Enter a valid UUID."
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_judge_takes_the_same_number_of_queries_for_any_queue(
    browser, count, django_assert_num_queries
):
    comparisons_of_one_clip(count, overlap=2)

    # Session, person, versions of the texts, savepoint and its release, the lease (2), its answers,
    # the newest answer, clip and pictures, progress (2).
    with django_assert_num_queries(12):
        browser.get(JUDGE)
