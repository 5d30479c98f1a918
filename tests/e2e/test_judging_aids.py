"""What helps to judge well: zoom, help, an example, covered pictures, level sound, skipping."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from annotate_site.accounts.models import Standing
from annotate_site.annotation.models import Judgement, Skip
from annotate_site.catalog.models import Candidate, Clip
from tests.e2e.judging import (
    DESKTOP,
    PHONE,
    expect_all_sent,
    expect_axis,
    judge_all,
    press,
    sign_in,
    start,
    stored,
)
from tests.factories.annotation import completed_lease, project_with

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

DEVICES = pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])


def transforms(page: Page) -> list[str]:
    return page.locator(".picture img").evaluate_all(
        "images => images.map(image => getComputedStyle(image).transform)"
    )


@DEVICES
def test_both_pictures_are_enlarged_and_moved_in_step(new_page, annotator, comparisons, device):
    page = new_page(**device)
    start(page)
    plain, _ = transforms(page)
    assert plain == "matrix(1, 0, 0, 1, 0, 0)"

    press(page, "z")
    expect(page.locator("#zoom")).to_have_attribute("aria-pressed", "true")
    enlarged = transforms(page)
    assert enlarged == ["matrix(2.5, 0, 0, 2.5, 0, 0)"] * 2
    press(page, "l")
    moved = transforms(page)
    assert moved[0] == moved[1] != enlarged[0]
    press(page, "ArrowDown")  # Answers go on as ever, and the picture stays as it is.
    expect_axis(page, "con")
    assert transforms(page) == moved
    press(page, "+")
    assert transforms(page)[0].startswith("matrix(3.125,")
    press(page, "z")
    assert transforms(page) == [plain] * 2


def test_the_pictures_are_enlarged_by_a_click_and_moved_by_dragging(
    new_page, annotator, comparisons
):
    page = new_page(**DESKTOP)
    start(page)
    picture = page.locator(".picture").first
    picture.click(position={"x": 40, "y": 40})
    clicked = transforms(page)
    assert clicked[0] == clicked[1]
    assert clicked[0].startswith("matrix(2.5,")
    box = picture.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 60, middle[1] - 30, steps=4)
    page.mouse.up()
    dragged = transforms(page)
    assert dragged[0] == dragged[1] != clicked[0]
    page.mouse.wheel(0, 100)
    page.wait_for_timeout(200)
    assert transforms(page)[0].startswith("matrix(2,")
    picture.click()
    assert transforms(page) == ["matrix(1, 0, 0, 1, 0, 0)"] * 2
    assert stored() == []


def test_a_tap_enlarges_both_pictures_on_a_phone(new_page, annotator, comparisons):
    page = new_page(**PHONE)
    start(page)
    page.locator(".picture").first.tap()
    assert [matrix.split(",")[0] for matrix in transforms(page)] == ["matrix(2.5"] * 2


@DEVICES
def test_a_sensitive_picture_is_covered_until_asked_for(new_page, annotator, comparisons, device):
    Candidate.objects.filter(pk=comparisons[0].first_id).update(is_sensitive=True)
    page = new_page(**device)
    sign_in(page)
    expect(page.locator("#play")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator("#gate")).to_have_text(
        "Show the covered picture first, or skip this comparison."
    )
    covered = page.locator(".covered img")
    assert "blur" in covered.evaluate("image => getComputedStyle(image).filter")
    press(page, "ArrowLeft")
    assert stored() == []

    page.get_by_text("Show it").click()

    assert covered.evaluate("image => getComputedStyle(image).filter") == "none"
    expect(page.locator("#gate")).to_have_text("")
    press(page, "ArrowLeft")
    expect_all_sent(page)
    assert stored() == [("emo", "left", False)]


@DEVICES
def test_a_comparison_is_skipped_with_a_reason(new_page, annotator, comparisons, device):
    page = new_page(**device)
    sign_in(page)
    expect(page.locator("#play")).to_be_visible()
    page.locator("#skip").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("A picture or the music upsets me").check()
    dialog.get_by_label("Anything to add?").fill("Too loud, <b>really</b>.")
    dialog.get_by_role("button", name="Skip it").click()

    expect(page.locator(".piece-title")).to_have_text(comparisons[1].clip.title)
    skip = Skip.objects.get()
    assert (skip.lease.comparison, skip.reason, skip.note) == (
        comparisons[0],
        "upsetting",
        "Too loud, <b>really</b>.",
    )


def test_a_skip_by_key_can_be_called_off(new_page, annotator, comparisons):
    page = new_page(**DESKTOP)
    start(page)
    press(page, "s")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Go on judging").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    press(page, "ArrowLeft")
    expect_axis(page, "con")
    assert Skip.objects.count() == 0


def test_skipping_without_scripts_has_a_page_of_its_own(new_page, annotator, comparisons):
    page = new_page(**DESKTOP, java_script_enabled=False)
    sign_in(page)
    page.get_by_role("link", name="Skip", exact=True).click()
    page.get_by_label("Both pictures are the same").check()
    page.get_by_role("button", name="Skip it").click()
    expect(page.locator(".piece-title")).to_have_text(comparisons[1].clip.title)
    assert Skip.objects.get().reason == "twins"


def test_help_and_example_are_a_key_away_and_keys_can_be_turned_off(
    new_page, annotator, comparisons
):
    page = new_page(**DESKTOP)
    start(page)
    example = page.get_by_text("For a slow, quiet lament")
    expect(example).to_be_hidden()
    press(page, "e")
    expect(example).to_be_visible()
    press(page, "?")
    page.get_by_role("dialog").get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#play")).to_be_visible()
    page.locator("#play").click()

    press(page, "e")
    expect(example).to_be_hidden()
    press(page, "ArrowLeft")
    assert stored() == []
    press(page, "?")  # The way to turn them on again.
    page.get_by_role("dialog").get_by_label("Single keys are on").check()
    page.keyboard.press("Escape")
    press(page, "e")
    expect(example).to_be_visible()


def test_quiet_and_loud_clips_are_levelled_through_web_audio(new_page, annotator, comparisons):
    Clip.objects.filter(pk=comparisons[0].clip_id).update(gain_db=-6)
    Clip.objects.filter(pk=comparisons[1].clip_id).update(gain_db=6)
    page = new_page(**DESKTOP)
    page.add_init_script(
        "window.gains = []; const Real = GainNode;"
        "window.GainNode = class extends Real {"
        " constructor(context, options) { super(context, options); gains.push(options.gain); } }"
    )
    start(page)
    judge_all(page, "ArrowLeft", "ArrowDown", "ArrowRight")
    expect(page.locator(".piece-title")).to_have_text(comparisons[1].clip.title)
    expect(page.locator(".player.playing")).to_be_visible()

    assert page.evaluate("gains.map(gain => Math.round(100 * gain) / 100)") == [0.5, 2.0]
    assert page.evaluate("document.getElementById('audio').volume") == 1
    expect(page.locator("#gate")).to_have_text("")  # What is levelled is heard.


def test_the_caption_is_hidden_when_the_project_hides_it(new_page, annotator, comparisons):
    project_with(shows_caption=False)
    page = new_page(**DESKTOP)
    sign_in(page)
    expect(page.locator(".piece-title")).to_be_visible()
    expect(page.locator(".piece-caption")).to_have_count(0)


def test_the_days_work_is_counted_against_its_most(new_page, annotator, comparisons):
    project_with(daily_cap=40)
    page = new_page(**DESKTOP)
    sign_in(page)
    expect(page.locator(".own-progress div").first).to_have_text("today0 of 40")


@DEVICES
def test_somebody_who_is_paused_is_told_so_calmly(new_page, annotator, comparisons, device):
    annotator.standing = Standing.PAUSED
    annotator.save()
    completed_lease(annotator=annotator)
    page = new_page(**device)
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("A short pause")
    expect(page.locator("#content")).to_contain_text("a project manager looks at them")


def test_time_without_a_sign_of_anybody_counts_for_half_a_minute(new_page, annotator, comparisons):
    page = new_page(**DESKTOP)
    start(page)
    counted = page.evaluate(
        """async () => {
            const {ActiveTime} = await import("/static/judge/active.js");
            const time = new ActiveTime(1000);
            time.note(6000);
            time.note(600000);
            return [time.upTo(601000), time.upTo(900000)];
        }"""
    )
    assert counted == [5000 + 30_000 + 1000, 5000 + 30_000 + 30_000]
    press(page, "ArrowLeft")
    expect_all_sent(page)
    assert 0 < Judgement.objects.get().response_ms < 30_000


def test_nothing_moves_for_those_who_want_no_motion(new_page, annotator, comparisons):
    page = new_page(**DESKTOP, reduced_motion="reduce")
    sign_in(page)
    expect(page.locator("#play")).to_be_visible()
    assert page.evaluate("document.getAnimations().length") == 0
