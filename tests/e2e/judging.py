"""What the browser tests of the judging page have in common."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Judgement
from tests.e2e.signing_in import sign_in_as

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

# A script's own debounce: what comes sooner after a new question is not meant for it.
SETTLED_MS = 350
# Later than this, the same arrow again is an answer to the next question.
TWICE_MS = 650


def sign_in(page: Page) -> None:
    sign_in_as(page, Person.objects.get(username="ada"))
    page.goto("/")


def start(page: Page) -> None:
    """Sign in and listen until an answer is accepted."""
    sign_in(page)
    expect(page.locator("#play")).to_be_visible()  # The scripts are at work.
    page.keyboard.press("Space")
    listen(page)


def listen(page: Page) -> None:
    expect(page.locator("#gate")).to_have_text("")
    expect(page.locator("#answer-left")).to_have_attribute("aria-disabled", "false")


def press(page: Page, key: str) -> None:
    page.wait_for_timeout(TWICE_MS if key in {"ArrowLeft", "ArrowRight"} else SETTLED_MS)
    page.keyboard.press(key)


def judge_all(page: Page, *keys: str) -> None:
    for axis, key in zip(("emo", "con", "cre"), keys, strict=True):
        expect_axis(page, axis)
        press(page, key)


def expect_axis(page: Page, axis: str) -> None:
    expect(page.locator(f".task.{axis}")).to_be_visible()


def expect_all_sent(page: Page) -> None:
    expect(page.locator("#network")).to_have_attribute("data-waiting", "0")


def stored() -> list[tuple[str, str, bool]]:
    """Axis, verdict and whether it was undone, in order of time."""
    rows = Judgement.objects.order_by("created_at")
    return [(row.axis, row.verdict, row.undone_at is not None) for row in rows]


def strengths() -> dict[str, int | None]:
    return dict(Judgement.objects.filter(undone_at=None).values_list("axis", "strength"))
