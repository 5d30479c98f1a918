"""A manager changes settings, invites people and settles a disagreement, at desk and on a phone."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotate_site.accounts.models import Invitation, Person, Role
from annotate_site.annotation.models import (
    Adjudication,
    Project,
)
from annotate_site.quality.navigation import SECTIONS
from tests.e2e.axe import violations
from tests.e2e.contents import filled
from tests.e2e.signing_in import sign_in_as
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import (
    ComparisonFactory,
    completed_lease,
)

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


@pytest.fixture
def manager() -> Person:
    return PersonFactory(username="mia", role=Role.MANAGER)


@pytest.fixture
def disputed():
    comparison = ComparisonFactory()
    for index, verdict in enumerate(("left", "right")):
        completed_lease(
            comparison=comparison, index=index, verdicts={"emo": verdict, "con": verdict}
        )
    return comparison


def sign_in(page: Page) -> None:
    sign_in_as(page, Person.objects.get(username="mia"))
    page.goto("/project/")
    expect(page.get_by_role("heading", level=1)).to_have_text("MusePainter")


def open_section(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Project").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_every_page_is_reached_by_links(new_page, manager) -> None:
    """What axe says of them is in test_every_page."""
    filled()
    page = new_page()
    sign_in(page)
    for section in SECTIONS:
        page.goto(reverse(section.url_name))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    for start, link in (
        ("quality:disagreements", "Settle"),
        ("quality:gold", "Use it"),
        ("quality:people", "lefty"),
        ("quality:people", "Invitations"),
        ("quality:people", "Cohorts"),
        ("quality:texts", "Edit"),
    ):
        page.goto(reverse(start))
        page.get_by_role("link", name=link).first.click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(reverse("quality:settings"))
    page.get_by_label("Annotators for appeal").fill("5")
    page.get_by_role("button", name="See what changes").click()
    expect(page.get_by_role("region", name="What would change")).to_be_visible()
    assert violations(page) == []


def expect_no_sideways_scrolling(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0, f"the page is {width} px too wide"


@SIZES
def test_settings_are_looked_at_before_they_are_saved(new_page, manager, size) -> None:
    page = new_page(**size)
    sign_in(page)
    open_section(page, "Settings")
    page.get_by_label("Annotators for appeal").fill("5")
    page.get_by_label("Ask more people where they disagree").check()
    page.get_by_role("textbox", name="Question").first.fill("Which one *feels* right?")
    page.get_by_role("button", name="See what changes").click()
    review = page.get_by_role("region", name="What would change")
    expect(review).to_contain_text("Annotators for appeal")
    expect(review).to_contain_text("3 → 5")
    expect(page.locator(".wording.emo em")).to_have_text("feels")
    expect_no_sideways_scrolling(page)
    assert Project.objects.get().overlap_cre == 3
    page.get_by_role("button", name="Save these changes").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    project = Project.objects.get()
    assert (project.overlap_cre, project.extends) == (5, True)
    assert project.questions == {"emo": {"question": "Which one *feels* right?"}}


@SIZES
def test_an_invitation_is_made_and_lets_somebody_in(new_page, manager, size) -> None:
    page = new_page(**size)
    sign_in(page)
    open_section(page, "People")
    page.get_by_role("link", name="Invitations").click()
    page.get_by_role("spinbutton", name="People").fill("2")
    page.get_by_label("Note").fill("the choir")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#invitation-link").inner_text()
    assert re.search(r"/join/[\w-]{20,}/$", link)
    expect_no_sideways_scrolling(page)
    page.get_by_role("link", name="Invitations").click()
    expect(page.locator("#invitation-link")).to_have_count(0)
    expect(page.get_by_role("cell", name="the choir")).to_be_visible()

    guest = new_page(**size)
    guest.goto(link)
    expect(guest.get_by_label("User name")).to_be_visible()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("withdrawn")).to_be_visible()
    assert Invitation.objects.get().revoked_at is not None


def test_a_disagreement_is_settled_by_keyboard(new_page, manager, disputed) -> None:
    page = new_page(**DESKTOP)
    sign_in(page)
    open_section(page, "Disagreements")
    page.get_by_role("link", name="Settle").first.click()
    expect(page.locator("audio")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 questions settled.")).to_be_visible()
    assert dict(Adjudication.objects.values_list("axis", "verdict")) == {
        "emo": "second",
        "con": "none",
    }


def test_a_disagreement_is_settled_by_touch(new_page, manager, disputed) -> None:
    page = new_page(**PHONE)
    sign_in(page)
    open_section(page, "Disagreements")
    page.get_by_role("link", name="Settle").first.tap()
    page.locator(".ruling.con").get_by_text("The first picture").tap()
    page.get_by_label("Note").fill("The sea is there.")
    expect_no_sideways_scrolling(page)
    page.get_by_role("button", name="Settle, and on to the next").tap()
    expect(page.get_by_text("1 question settled.")).to_be_visible()
    assert list(Adjudication.objects.values_list("axis", "verdict", "note")) == [
        ("con", "first", "The sea is there.")
    ]
