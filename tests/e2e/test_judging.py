"""An annotator judges in a browser: listens, answers by key, undoes, and gets the next one."""

from __future__ import annotations

import pytest
from django.db.models import F
from playwright.sync_api import expect

from annotate_site.annotation.models import Judgement, Lease
from tests.e2e.judging import (
    DESKTOP,
    PHONE,
    SETTLED_MS,
    expect_all_sent,
    expect_axis,
    judge_all,
    listen,
    press,
    sign_in,
    start,
    stored,
    strengths,
)
from tests.factories.annotation import ComparisonFactory, project_with

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_an_annotator_judges_by_keyboard(new_page, annotator, comparisons):
    page = new_page(**DESKTOP)
    sign_in(page)
    expect(page.locator("#gate")).to_have_text("Listen 2 seconds to answer")
    press(page, "ArrowLeft")  # Too early: nothing happens.

    press(page, "Space")
    listen(page)
    press(page, "ArrowLeft")
    expect_axis(page, "con")
    expect(page.locator("#gate")).to_have_text("")
    press(page, "ArrowDown")
    expect_axis(page, "cre")
    press(page, "u")
    expect_axis(page, "con")
    press(page, "ArrowRight")
    expect_axis(page, "cre")
    press(page, "x")

    expect_axis(page, "emo")
    expect(page.locator("#today")).to_have_text("1")
    expect(page.locator("#judged")).to_have_text("1")
    expect(page.locator("#waiting")).to_have_text("1")
    expect(page.locator(".piece-title")).to_have_text(comparisons[1].clip.title)
    expect_all_sent(page)
    assert stored() == [
        ("emo", "left", False),
        ("con", "tie", True),
        ("con", "right", False),
        ("cre", "cannot_tell", False),
    ]
    first, second = Lease.objects.order_by("created_at")
    assert (first.comparison, first.annotator) == (comparisons[0], annotator)
    assert first.completed_at is not None
    assert (second.comparison, second.completed_at) == (comparisons[1], None)
    answer = Judgement.objects.get(axis="emo")
    assert answer.response_ms > 1000
    assert answer.listened_share > 0.8


def test_the_next_comparison_is_ready_and_its_time_begins_when_it_is_shown(
    new_page, annotator, comparisons
):
    page = new_page(**DESKTOP)
    start(page)
    with page.expect_response(lambda response: "/judge/ahead/" in response.url):
        press(page, "ArrowLeft")
    page.wait_for_timeout(1500)  # The pictures are fetched and decoded.
    ahead = Lease.objects.get(comparison=comparisons[1])
    assert ahead.is_ahead
    assert ahead.opens_at > ahead.expires_at
    requests = []
    page.on("request", lambda request: requests.append(request.resource_type))
    press(page, "ArrowDown")
    press(page, "ArrowDown")

    expect(page.locator(".piece-title")).to_have_text(comparisons[1].clip.title)
    assert page.locator(".picture img").evaluate_all("all => all.every(img => img.complete)")
    assert "image" not in requests
    expect_all_sent(page)
    ahead.refresh_from_db()
    completed_at = Lease.objects.get(comparison=comparisons[0]).completed_at
    assert not ahead.is_ahead
    assert (ahead.opens_at - completed_at).total_seconds() == pytest.approx(1.5, abs=0.5)


def test_the_same_arrow_twice_or_shift_says_much_better(new_page, annotator, comparisons):
    page = new_page(**DESKTOP)
    start(page)
    page.keyboard.press("ArrowLeft", delay=0)
    page.wait_for_timeout(150)
    page.keyboard.press("ArrowLeft")
    expect_axis(page, "con")
    expect(page.locator(".step.emo")).to_contain_text("Left (much)")
    press(page, "Shift+ArrowRight")
    expect_axis(page, "cre")
    press(page, "ArrowRight")
    expect_axis(page, "emo")
    expect_all_sent(page)

    assert strengths() == {"emo": 2, "con": 2, "cre": 1}
    assert stored() == [("emo", "left", False), ("con", "right", False), ("cre", "right", False)]


def test_much_better_is_a_button_too(new_page, annotator, comparisons):
    page = new_page(**PHONE)
    sign_in(page)
    page.locator("#play").tap()
    listen(page)
    page.wait_for_timeout(SETTLED_MS)
    expect(page.locator("#much")).to_be_hidden()
    page.locator("#answer-right").tap()
    much = page.get_by_role("button", name="Much better")
    expect(much).to_have_attribute("aria-pressed", "false")
    much.tap()
    expect(much).to_have_attribute("aria-pressed", "true")
    expect_all_sent(page)
    assert strengths() == {"emo": 2}

    page.wait_for_timeout(SETTLED_MS * 2)  # Two taps at once are a double click, which counts once.
    much.tap()
    expect(much).to_have_attribute("aria-pressed", "false")
    expect_all_sent(page)
    assert strengths() == {"emo": 1}


def test_undo_goes_back_to_the_comparison_before_and_forth_again(new_page, annotator, comparisons):
    page = new_page(**DESKTOP)
    start(page)
    judge_all(page, "ArrowLeft", "ArrowDown", "ArrowRight")
    expect(page.locator(".piece-title")).to_have_text(comparisons[1].clip.title)

    press(page, "u")

    expect(page.locator(".piece-title")).to_have_text(comparisons[0].clip.title)
    expect_axis(page, "cre")
    expect(page.locator(".step.con")).to_contain_text("Equal")
    press(page, "ArrowDown")
    expect(page.locator(".piece-title")).to_have_text(comparisons[1].clip.title)
    expect_all_sent(page)
    assert stored()[2:] == [("cre", "right", True), ("cre", "tie", False)]


def test_undo_after_a_reload_takes_back_what_was_answered_before(new_page, annotator, comparisons):
    page = new_page(**DESKTOP)
    start(page)
    press(page, "ArrowLeft")
    expect_all_sent(page)
    page.reload()
    expect(page.locator("#undo")).to_have_text("u Undo Left")

    press(page, "u")

    expect_axis(page, "emo")
    expect_all_sent(page)
    assert stored() == [("emo", "left", True)]
    expect(page.locator("#undo")).to_be_hidden()


def test_the_music_plays_on_from_question_to_question(new_page, annotator):
    project_with(listen_s=2)
    ComparisonFactory(overlap=1, clip__duration_s=30.0)
    page = new_page(**DESKTOP)
    start(page)
    page.evaluate("document.getElementById('audio').dataset.mark = 'the same element'")
    press(page, "ArrowLeft")
    expect_axis(page, "con")

    audio = page.locator("#audio")
    assert audio.evaluate("audio => [audio.paused, audio.dataset.mark]") == [
        False,
        "the same element",
    ]
    assert audio.evaluate("audio => audio.currentTime") > 1.5


def test_an_annotator_judges_on_a_phone(new_page, annotator, comparisons):
    page = new_page(**PHONE)
    sign_in(page)
    expect(page.locator("#play")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for button in page.locator(".verdict").all():
        expect(button).to_be_in_viewport(ratio=1)
    boxes = page.locator(".picture").evaluate_all(
        "figures => figures.map(figure => figure.getBoundingClientRect().toJSON())"
    )
    left, right = ((box["width"], box["height"], box["y"]) for box in boxes)
    assert left == right

    page.locator("#play").tap()
    listen(page)
    for axis, verdict in (("emo", "left"), ("con", "right"), ("cre", "tie")):
        expect_axis(page, axis)
        page.wait_for_timeout(SETTLED_MS)
        page.locator(f"#answer-{verdict}").tap()

    expect(page.locator("#judged")).to_have_text("1")
    assert stored() == [
        ("emo", "left", False),
        ("con", "right", False),
        ("cre", "tie", False),
    ]


def test_a_double_click_answers_once_and_a_reload_keeps_the_place(new_page, annotator, comparisons):
    page = new_page(**DESKTOP)
    start(page)

    page.locator("#answer-right").dblclick()
    expect_axis(page, "con")
    page.wait_for_timeout(SETTLED_MS)
    page.reload()

    expect_axis(page, "con")
    expect(page.locator("#gate")).to_have_text("")
    assert stored() == [("emo", "right", False)]
    assert strengths() == {"emo": 1}
    assert Lease.objects.filter(answered=1).count() == 1


def test_after_the_last_comparison_the_page_says_thank_you(new_page, annotator, comparisons):
    comparisons[1].slots.all().delete()
    page = new_page(**DESKTOP)
    start(page)
    judge_all(page, "ArrowLeft", "ArrowLeft", "ArrowLeft")

    expect(page.get_by_role("heading", level=1)).to_have_text("That is all for now, thank you!")
    expect(page.get_by_text("You have judged 1 comparison,")).to_be_visible()
    page.locator(".all-done form button").click()
    expect_axis(page, "cre")
    assert stored()[-1] == ("cre", "left", True)


def test_the_space_key_after_a_click_pauses_the_music_and_answers_nothing(
    new_page, annotator, comparisons
):
    page = new_page(**DESKTOP)
    sign_in(page)
    page.locator("#play").click()
    listen(page)
    page.wait_for_timeout(SETTLED_MS)
    page.locator("#answer-left").click()
    expect_axis(page, "con")
    expect(page.locator("#answer-left")).to_be_focused()

    press(page, "Space")
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "ArrowLeft")

    expect_axis(page, "con")
    expect_all_sent(page)
    assert stored() == [("emo", "left", False)]


def test_an_annotator_judges_without_scripts(new_page, annotator):
    project_with(listen_s=20)
    ComparisonFactory(overlap=1, clip__duration_s=30.0)
    page = new_page(**DESKTOP, java_script_enabled=False)
    sign_in(page)
    page.get_by_role("button", name="Left").click()
    expect(page.locator(".messages")).to_contain_text("more seconds to answer.")

    Lease.objects.update(opens_at=F("created_at"))  # The time to listen has gone by.
    page.get_by_role("button", name="Left").click()
    expect_axis(page, "con")
    page.get_by_role("button", name="Equal").click()
    expect_axis(page, "cre")
    page.get_by_role("button", name="Undo").click()
    expect_axis(page, "con")
    page.get_by_role("button", name="Cannot tell").click()
    page.get_by_role("button", name="Right").click()

    expect(page.get_by_role("heading")).to_have_text("That is all for now, thank you!")
    assert stored() == [
        ("emo", "left", False),
        ("con", "tie", True),
        ("con", "cannot_tell", False),
        ("cre", "right", False),
    ]
