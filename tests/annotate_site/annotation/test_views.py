from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate_site.accounts.models import Standing
from annotate_site.annotation.models import Comparison, Judgement, Lease, Side, Skip
from annotate_site.annotation.services import current_project, next_lease
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import (
    NOON,
    ComparisonFactory,
    comparisons_of_one_clip,
    project_with,
)
from workbench.axes import AXES

SCRIPT = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}
ANSWER, UNDO, JUDGE, AHEAD, STRENGTH, SKIP = (
    reverse(f"annotation:{name}")
    for name in ("answer", "undo", "judge", "ahead", "strength", "skip")
)


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


def post(browser, url, values, *, script=True):
    return browser.post(url, values, headers=SCRIPT if script else {})


def send(browser, of, axis="emo", verdict="left", *, script=True, **values):
    values = {"lease": of.pk, "axis": axis, "verdict": verdict} | values
    return post(browser, ANSWER, values, script=script)


def axis_shown(response) -> str:
    return _value_of("axis", response)


def lease_shown(response) -> str:
    return _value_of("lease", response)


def _value_of(field: str, response) -> str:
    return re.search(f'name="{field}" value="([^"]*)"', response.content.decode())[1]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("url", [JUDGE, ANSWER, UNDO, AHEAD, STRENGTH, SKIP])
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


def test_judge_hides_the_caption_when_the_project_wants_it_hidden(browser, lease):
    project_with(shows_caption=False)

    assert lease.comparison.clip.caption not in browser.get(JUDGE).content.decode()


def test_judge_asks_in_the_projects_own_words(browser, lease):
    project_with(questions={"emo": {"question": "Which one *feels* right?", "label": "Mood <3"}})

    content = browser.get(JUDGE).content.decode()

    assert "Which one <em>feels</em> right?" in content
    assert "Mood &lt;3" in content
    assert "Go by the mood alone" in content


def test_judge_reloaded_shows_the_same_lease_at_the_same_axis(browser, lease):
    send(browser, lease)

    responses = [browser.get(JUDGE) for _ in range(2)]

    assert [axis_shown(response) for response in responses] == ["con", "con"]
    assert [lease_shown(response) for response in responses] == [str(lease.pk)] * 2
    assert responses[0]["Cache-Control"].startswith("max-age=0, no-cache, no-store")


def test_judge_gives_scripts_the_comparison_alone(browser, lease):
    content = browser.get(JUDGE, headers=HTMX).content.decode()

    assert content.lstrip().startswith('<section class="comparison"')
    assert "<html" not in content


def test_judge_says_when_nothing_is_left(browser):
    response = browser.get(JUDGE)

    assert response.context["page"] is None
    assert "Nothing to judge yet" in response.content.decode()


def test_judge_lets_the_very_last_answer_be_undone(browser, lease):
    Comparison.objects.exclude(pk=lease.comparison_id).update(is_open=False)
    for axis in AXES:
        send(browser, lease, axis)
    newest = Judgement.objects.get(axis="cre")

    response = browser.get(JUDGE)

    assert response.context["page"] is None
    assert f'name="judgement" value="{newest.pk}"' in response.content.decode()


def test_judge_leads_somebody_who_is_paused_to_the_page_that_says_why(browser, annotator, lease):
    annotator.standing = Standing.PAUSED
    annotator.save()

    response = browser.get(JUDGE)

    assert (response.status_code, response.url) == (302, reverse("annotation:onboarding_closed"))


def test_answer_tells_a_script_what_comes_next(browser, lease):
    response = send(browser, lease, response_ms="1200", listened_share="0.5", strength="2")

    assert (response.status_code, response.json()) == (200, {"next_axis": "con"})
    stored = Judgement.objects.get()
    assert (stored.verdict, stored.response_ms, stored.listened_share, stored.strength) == (
        "left",
        1200,
        0.5,
        2,
    )


def test_answer_to_the_last_axis_tells_the_progress(browser, lease):
    project_with(daily_cap=40)
    *_, response = [send(browser, lease, axis) for axis in AXES]

    assert response.json() == {
        "next_axis": None,
        "progress": {"judged": 1, "today": 1, "cap": 40},
    }


def test_answer_sent_twice_is_stored_once(browser, lease):
    replies = [send(browser, lease).json() for _ in range(2)]

    assert replies == [{"next_axis": "con"}] * 2
    assert Judgement.objects.count() == 1


def test_answer_without_scripts_redirects_to_the_page(browser, lease):
    response = send(browser, lease, script=False, response_ms="", listened_share="")

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
    ({"strength": 3}, "Strength: Ensure this value is less than or equal to 2."),
    (
        {"strength": 2, "verdict": "tie"},
        "A strength is 1 or 2 and goes with left or right only.",
    ),
]


@pytest.mark.parametrize(("values", "sentence"), BAD_INPUT)
def test_answer_refuses_bad_input_of_a_script(browser, lease, values, sentence):
    response = send(browser, lease, **values)

    assert response.status_code == 409
    assert response.json() == {"error": sentence, "retry_s": None}
    assert Judgement.objects.count() == 0


@pytest.mark.parametrize(("values", "sentence"), BAD_INPUT)
def test_answer_refuses_bad_input_without_scripts_in_a_message(browser, lease, values, sentence):
    response = send(browser, lease, script=False, **values)

    assert (response.status_code, response.url) == (302, JUDGE)
    assert [str(message) for message in get_messages(response.wsgi_request)] == [sentence]
    assert Judgement.objects.count() == 0


def test_answer_refuses_a_foreign_lease_and_tells_nothing_of_it(browser, lease):
    ComparisonFactory(overlap=1, position=9)
    foreign = next_lease(annotator=PersonFactory(), now=timezone.now())

    response = send(browser, foreign)

    assert response.status_code == 409
    assert response.json()["retry_s"] is None
    assert Judgement.objects.count() == 0


def test_answer_to_a_lost_lease_says_so(browser, lease):
    next_lease(annotator=PersonFactory(), now=NOON + timedelta(hours=1))

    response = send(browser, lease)

    assert response.status_code == 409
    assert response.json()["error"] == (
        "This comparison lay open for so long that it went to somebody else; here is another."
    )
    assert Judgement.objects.count() == 0


def test_answer_too_early_says_when_to_send_it_again(browser, lease):
    Lease.objects.update(opens_at=timezone.now() + timedelta(seconds=30))

    response = send(browser, lease)

    assert response.status_code == 409
    told = response.json()
    assert re.fullmatch(r"Listen \d+ more seconds to answer\.", told["error"])
    assert 20 < told["retry_s"] <= 30


def test_answer_refuses_an_oversized_body(browser, lease):
    response = send(browser, lease, padding="x" * (1 << 20))

    assert response.status_code == 400
    assert Judgement.objects.count() == 0


@pytest.mark.parametrize("url", [ANSWER, UNDO, STRENGTH, SKIP])
def test_writing_views_need_the_csrf_token(annotator, lease, url):
    client = Client(enforce_csrf_checks=True)
    client.force_login(annotator)

    assert post(client, url, {"lease": lease.pk}).status_code == 403


@pytest.mark.parametrize("url", [ANSWER, UNDO, STRENGTH])
def test_writing_views_refuse_get(browser, url):
    assert browser.get(url).status_code == 405


# ---- the next comparison ----------------------------------------------------


def test_ahead_gives_the_next_comparison_and_holds_its_answers_back(browser, lease):
    send(browser, lease)

    content = browser.get(AHEAD, {"behind": lease.pk}).content.decode()

    following = Lease.objects.exclude(pk=lease.pk).get()
    assert f'data-lease="{following.pk}"' in content
    assert 'data-wait-s="1.500"' in content
    assert send(browser, following).status_code == 409
    assert lease_shown(browser.get(JUDGE)) == str(lease.pk)


def test_ahead_becomes_current_when_the_one_before_is_complete(browser, lease):
    send(browser, lease)
    browser.get(AHEAD, {"behind": lease.pk})
    for axis in AXES[1:]:
        send(browser, lease, axis)

    following = Lease.objects.exclude(pk=lease.pk).get()

    assert not following.is_ahead
    assert lease_shown(browser.get(JUDGE)) == str(following.pk)
    wait_s = (following.opens_at - timezone.now()).total_seconds()
    assert 0 < wait_s <= 1.5


def test_ahead_shown_by_a_reload_starts_its_time(browser, lease):
    send(browser, lease)
    browser.get(AHEAD, {"behind": lease.pk})
    Lease.objects.filter(pk=lease.pk).update(lost_at=timezone.now())

    response = browser.get(JUDGE)

    following = Lease.objects.exclude(pk=lease.pk).get()
    assert lease_shown(response) == str(following.pk)
    assert not following.is_ahead
    assert following.opens_at < timezone.now() + timedelta(seconds=2)


@pytest.mark.parametrize("behind", ["", "x", uuid4()])
def test_ahead_of_what_is_not_ones_own_is_nothing(browser, lease, behind):
    assert browser.get(AHEAD, {"behind": behind}).status_code == 204
    assert Lease.objects.count() == 1


def test_ahead_is_nothing_before_the_first_answer(browser, lease):
    assert browser.get(AHEAD, {"behind": lease.pk}).status_code == 204
    assert Lease.objects.count() == 1


def test_ahead_is_nothing_when_this_is_the_days_last(browser, lease):
    project_with(daily_cap=1)
    send(browser, lease)

    assert browser.get(AHEAD, {"behind": lease.pk}).status_code == 204
    assert Lease.objects.count() == 1


# ---- strength, undo, skip ---------------------------------------------------


def test_strength_changes_the_newest_answer_and_repeats_change_nothing(browser, lease):
    send(browser, lease, strength=1)
    values = {"lease": lease.pk, "axis": "emo", "strength": 2}

    replies = [post(browser, STRENGTH, values).json() for _ in range(2)]

    assert replies == [{"strength": 2}] * 2
    assert Judgement.objects.get().strength == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"axis": "con"}, "Only your newest answer can be changed; undo others."),
        ({"lease": uuid4()}, "Only your newest answer can be changed; undo others."),
        ({"strength": 0}, "Strength: Ensure this value is greater than or equal to 1."),
        ({"strength": "very"}, "Strength: Enter a whole number."),
    ],
)
def test_strength_refuses_bad_input(browser, lease, changes, sentence):
    send(browser, lease, strength=1)

    response = post(browser, STRENGTH, {"lease": lease.pk, "axis": "emo", "strength": 2} | changes)

    assert (response.status_code, response.json()["error"]) == (409, sentence)
    assert Judgement.objects.get().strength == 1


def test_strength_does_not_go_with_a_tie(browser, lease):
    send(browser, lease, verdict="tie")

    response = post(browser, STRENGTH, {"lease": lease.pk, "axis": "emo", "strength": 2})

    assert response.json()["error"] == "A strength goes with left or right only."


def test_undo_by_id_leads_back_to_the_question(browser, lease):
    send(browser, lease)
    newest = Judgement.objects.get()

    response = post(browser, UNDO, {"judgement": newest.pk}, script=False)

    assert (response.status_code, response.url) == (302, JUDGE)
    assert axis_shown(browser.get(JUDGE)) == "emo"
    newest.refresh_from_db()
    assert newest.undone_at is not None


def test_undo_by_place_goes_back_to_the_comparison_before(browser, lease):
    for axis in AXES:
        send(browser, lease, axis)
    browser.get(JUDGE)

    response = post(browser, UNDO, {"lease": lease.pk, "axis": "cre"})

    assert response.json()["progress"]["judged"] == 0
    shown = browser.get(JUDGE)
    assert (lease_shown(shown), axis_shown(shown)) == (str(lease.pk), "cre")


@pytest.mark.parametrize("by_id", [True, False])
def test_undo_sent_twice_takes_back_one_answer(browser, lease, by_id):
    for axis in AXES[:2]:
        send(browser, lease, axis)
    newest = Judgement.objects.get(axis="con")
    values = {"judgement": newest.pk} if by_id else {"lease": lease.pk, "axis": "con"}

    for _ in range(2):
        post(browser, UNDO, values)

    assert list(Judgement.objects.filter(undone_at=None).values_list("axis", flat=True)) == ["emo"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"judgement": "newest"}, "Judgement: Enter a valid UUID."),
        ({"axis": "emo"}, "There is no such answer to undo."),
        ({}, "There is no such answer to undo."),
    ],
)
def test_undo_refuses_what_names_no_answer(browser, lease, values, sentence):
    send(browser, lease)

    response = post(browser, UNDO, values)

    assert (response.status_code, response.json()["error"]) == (409, sentence)
    assert Judgement.objects.get().undone_at is None


def test_undo_refuses_a_foreign_answer(browser, lease, client):
    send(browser, lease)
    client.force_login(PersonFactory())

    response = post(client, UNDO, {"lease": lease.pk, "axis": "emo"})

    assert response.status_code == 409
    assert Judgement.objects.get().undone_at is None


def test_skip_stores_the_reason_and_another_comparison_comes(browser, lease):
    response = post(browser, SKIP, {"lease": lease.pk, "reason": "twins", "note": " alike "})

    assert response.status_code == 200
    assert Skip.objects.values_list("lease", "reason", "note").get() == (
        lease.pk,
        "twins",
        "alike",
    )
    assert lease_shown(browser.get(JUDGE)) != str(lease.pk)


def test_skip_without_scripts_has_a_form_for_the_comparison_in_hand(browser, lease):
    assert lease_shown(browser.get(SKIP)) == str(lease.pk)

    response = post(browser, SKIP, {"lease": lease.pk, "reason": "other"}, script=False)

    assert (response.status_code, response.url) == (302, JUDGE)
    assert Skip.objects.get().reason == "other"


def test_skip_with_nothing_in_hand_leads_to_the_page(browser):
    assert browser.get(SKIP).url == JUDGE


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": "bored"}, "Why?: Select a valid choice. bored is not one of the available "
         "choices."),
        ({"reason": ""}, "Why?: This field is required."),
        ({"note": "x" * 1001}, "Anything to add?: Ensure this value has at most 1000 characters "
         "(it has 1001)."),
        ({"lease": uuid4()}, "This comparison is not among yours; reload the page to get your "
         "own."),
    ],
)  # fmt: skip
def test_skip_refuses_bad_input(browser, lease, changes, sentence):
    values = {"lease": lease.pk, "reason": "other", "note": ""} | changes

    response = post(browser, SKIP, values)

    assert (response.status_code, response.json()["error"]) == (409, sentence)
    assert Skip.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_judge_takes_the_same_number_of_queries_for_any_queue(
    browser, count, django_assert_num_queries
):
    comparisons_of_one_clip(count, overlap=2)
    current_project()  # Its row is made when it is first asked for.

    # Session, person, project (3: no test keeps it), versions of the texts, the lease with clip and
    # pictures, its answers, the newest answer, progress, today.
    with django_assert_num_queries(10):
        browser.get(JUDGE)
