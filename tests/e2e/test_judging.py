"""An annotator judges in a browser: listens, answers by key, undoes, and gets the next one."""

from __future__ import annotations

import pytest
from django.db.models import F
from playwright.sync_api import Page, expect

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Comparison, Judgement, Lease
from annotate_site.annotation.services import submit_judgement
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import ComparisonFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

# A script's own debounce: what comes sooner after a new question is not meant for it.
SETTLED_MS = 350


@pytest.fixture
def annotator() -> Person:
    return PersonFactory(username="ada")


@pytest.fixture
def comparisons() -> list[Comparison]:
    """Two that wait, in this order. Their clips of 1.5 s are heard out before the first answer."""
    return [ComparisonFactory(overlap=1, position=position) for position in (0.1, 0.2)]


def sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("correct-horse")
    page.get_by_role("button", name="Sign in").click()
    expect_axis(page, "emo")


def listen(page: Page) -> None:
    expect(page.locator("#gate")).to_have_text("")
    expect(page.locator("#answer-left")).to_have_attribute("aria-disabled", "false")


def press(page: Page, key: str) -> None:
    page.wait_for_timeout(SETTLED_MS)
    page.keyboard.press(key)


def expect_axis(page: Page, axis: str) -> None:
    expect(page.locator(f".task.{axis}")).to_be_visible()


def stored() -> list[tuple[str, str, bool]]:
    """Axis, verdict and whether it was undone, in order of time."""
    rows = Judgement.objects.order_by("created_at")
    return [(row.axis, row.verdict, row.undone_at is not None) for row in rows]


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
    expect(page.locator("#judged")).to_have_text("1")
    expect(page.locator("#waiting")).to_have_text("1")
    expect(page.locator(".piece-title")).to_have_text(comparisons[1].clip.title)
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


def test_the_music_plays_on_from_question_to_question(new_page, annotator, settings):
    settings.LISTEN_SECONDS = 2
    ComparisonFactory(overlap=1, clip__duration_s=30.0)
    page = new_page(**DESKTOP)
    sign_in(page)
    press(page, "Space")
    page.evaluate("document.getElementById('audio').dataset.mark = 'the same element'")
    listen(page)
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
    boxes = page.locator(".pictures figure").evaluate_all(
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
    sign_in(page)
    press(page, "Space")
    listen(page)

    page.locator("#answer-right").dblclick()
    expect_axis(page, "con")
    page.wait_for_timeout(SETTLED_MS)
    page.reload()

    expect_axis(page, "con")
    expect(page.locator("#gate")).to_have_text("")
    assert stored() == [("emo", "right", False)]
    assert Lease.objects.count() == 1


def test_after_the_last_comparison_the_page_says_thank_you(new_page, annotator, comparisons):
    comparisons[1].slots.all().delete()
    page = new_page(**DESKTOP)
    sign_in(page)
    press(page, "Space")
    listen(page)
    for axis in ("emo", "con", "cre"):
        expect_axis(page, axis)
        press(page, "ArrowLeft")

    expect(page.get_by_role("heading")).to_have_text("That is all for now, thank you!")
    expect(page.get_by_text("You have judged 1 comparison,")).to_be_visible()


def test_an_answer_that_the_network_lost_can_be_sent_again(
    new_page, annotator, comparisons, expected_problem
):
    expected_problem += ["net::ERR_INTERNET_DISCONNECTED", "htmx:"]
    page = new_page(**DESKTOP)
    sign_in(page)
    press(page, "Space")
    listen(page)
    page.context.set_offline(True)
    press(page, "ArrowLeft")
    expect(page.locator("#gate")).to_have_text(
        "The network did not carry your answer. Press the key again."
    )

    page.context.set_offline(False)
    press(page, "ArrowLeft")

    expect_axis(page, "con")
    expect(page.locator("#gate")).to_have_text("")
    assert stored() == [("emo", "left", False)]


def test_an_answer_in_an_old_window_is_refused_and_the_window_catches_up(
    new_page, annotator, comparisons, expected_problem
):
    expected_problem += ["409 (Conflict)"]
    page = new_page(**DESKTOP)
    sign_in(page)
    press(page, "Space")
    listen(page)
    lease = Lease.objects.get()
    submit_judgement(
        annotator=annotator, lease_id=lease.pk, axis="emo", verdict="tie", now=lease.expires_at
    )

    press(page, "ArrowLeft")

    expect(page.locator("#gate")).to_have_text(
        "You answered 'Equal' to this already; undo it to change it."
    )
    expect_axis(page, "con")
    assert stored() == [("emo", "tie", False)]


def test_somebody_signed_out_meanwhile_comes_to_the_sign_in_page(new_page, annotator, comparisons):
    page = new_page(**DESKTOP)
    sign_in(page)
    press(page, "Space")
    listen(page)
    page.context.clear_cookies(name="sessionid")

    press(page, "ArrowLeft")

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert stored() == []


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
    assert stored() == [("emo", "left", False)]


def test_an_annotator_judges_without_scripts(new_page, annotator, settings):
    settings.LISTEN_SECONDS = 20
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
