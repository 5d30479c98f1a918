"""Lost connections, other windows, signed out: no answer is lost, and none counts twice."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotate_site.annotation.models import Lease
from annotate_site.annotation.services import submit_judgement
from tests.e2e.judging import (
    DESKTOP,
    expect_all_sent,
    expect_axis,
    judge_all,
    press,
    start,
    stored,
)

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LOST = ["net::ERR_INTERNET_DISCONNECTED", "net::ERR_FAILED"]


def test_answers_given_without_a_connection_are_sent_once_when_it_is_back(
    new_page, annotator, comparisons, expected_problem
):
    expected_problem += LOST
    page = new_page(**DESKTOP)
    start(page)
    press(page, "ArrowLeft")
    expect_all_sent(page)
    page.context.set_offline(True)
    press(page, "ArrowDown")
    expect_axis(page, "cre")
    expect(page.locator("#network")).to_contain_text("1 answer is kept here")
    press(page, "x")
    expect(page.locator("#network")).to_contain_text("2 answers are kept here")
    assert stored() == [("emo", "left", False)]

    page.context.set_offline(False)

    expect(page.locator("#network")).to_have_text("Connected again. All your answers are stored.")
    assert stored() == [
        ("emo", "left", False),
        ("con", "tie", False),
        ("cre", "cannot_tell", False),
    ]
    expect(page.locator("#today")).to_have_text("1")


def test_answers_kept_over_a_reload_are_sent_before_anything_else(
    new_page, annotator, comparisons, expected_problem
):
    expected_problem += [*LOST, "503"]
    page = new_page(**DESKTOP)
    start(page)
    page.route("**/judge/answer/", lambda route: route.fulfill(status=503))
    judge_all(page, "ArrowLeft", "ArrowDown", "ArrowRight")
    expect(page.locator("#network")).to_contain_text("3 answers are kept here")
    assert stored() == []
    page.unroute("**/judge/answer/")
    page.reload()

    expect(page.locator(".piece-title")).to_have_text(comparisons[1].clip.title)
    assert stored() == [("emo", "left", False), ("con", "tie", False), ("cre", "right", False)]


def test_an_answer_whose_reply_was_lost_is_stored_once(
    new_page, annotator, comparisons, expected_problem
):
    expected_problem += LOST
    page = new_page(**DESKTOP)
    start(page)
    sent = []

    def lose_the_first_reply(route):
        sent.append(route.fetch())
        if len(sent) == 1:
            route.abort()
        else:
            route.fulfill(response=sent[-1])

    page.route("**/judge/answer/", lose_the_first_reply)
    press(page, "ArrowLeft")
    expect_all_sent(page)

    assert [reply.status for reply in sent] == [200, 200]
    assert stored() == [("emo", "left", False)]


def test_an_answer_not_yet_sent_is_undone_and_made_strong_without_the_server(
    new_page, annotator, comparisons, expected_problem
):
    expected_problem += LOST
    page = new_page(**DESKTOP)
    start(page)
    page.context.set_offline(True)
    press(page, "ArrowLeft")  # On its way when the connection is found to be missing.
    press(page, "ArrowLeft")
    expect_axis(page, "cre")
    press(page, "u")
    expect_axis(page, "con")
    press(page, "Shift+ArrowRight")
    page.context.set_offline(False)
    expect_all_sent(page)

    assert stored() == [("emo", "left", False), ("con", "right", False)]


def test_an_answer_in_an_old_window_is_refused_and_the_window_catches_up(
    new_page, annotator, comparisons, expected_problem
):
    expected_problem += ["409 (Conflict)"]
    page = new_page(**DESKTOP)
    start(page)
    lease = Lease.objects.get()
    submit_judgement(
        annotator=annotator, lease_id=lease.pk, axis="emo", verdict="tie", now=timezone.now()
    )

    press(page, "ArrowLeft")

    expect(page.locator("#gate")).to_have_text(
        "You answered 'Equal' to this already; undo it to change it."
    )
    expect_axis(page, "con")
    expect(page.locator("#undo")).to_have_text("u Undo Equal")
    assert stored() == [("emo", "tie", False)]


def test_a_window_catches_up_with_another_when_it_is_looked_at(new_page, annotator, comparisons):
    page = new_page(**DESKTOP)
    start(page)
    other = page.context.new_page()
    other.goto("/judge/")
    press(page, "ArrowLeft")
    expect_all_sent(page)
    expect_axis(other, "emo")

    other.evaluate("dispatchEvent(new Event('focus'))")

    expect_axis(other, "con")
    expect(other.locator("#gate")).to_have_text(
        "You went on in another window. Here is where you are now."
    )
    assert stored() == [("emo", "left", False)]


def test_somebody_signed_out_meanwhile_signs_in_and_the_answer_is_kept(
    new_page, annotator, comparisons
):
    page = new_page(**DESKTOP)
    start(page)
    page.context.clear_cookies(name="sessionid")
    press(page, "ArrowLeft")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert stored() == []

    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("correct-horse")
    page.get_by_role("button", name="Sign in").click()

    expect_axis(page, "con")
    expect_all_sent(page)
    assert stored() == [("emo", "left", False)]


def test_a_comparison_that_went_to_somebody_else_is_replaced(
    new_page, annotator, comparisons, expected_problem
):
    expected_problem += ["409 (Conflict)"]
    page = new_page(**DESKTOP)
    start(page)
    Lease.objects.update(lost_at=timezone.now())

    press(page, "ArrowLeft")

    expect(page.locator("#gate")).to_contain_text("it went to somebody else; here is another.")
    expect(page.locator(".piece-title")).to_have_text(comparisons[1].clip.title)
    expect_axis(page, "emo")
    assert stored() == []
