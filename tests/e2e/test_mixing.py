"""A manager mixes adapters with the sliders of the paint page, by keyboard alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from annotate_site.accounts.models import Person, Role
from annotate_site.jobs.models import Run, RunKind
from tests.e2e.signing_in import sign_in_as
from tests.e2e.test_judging import DESKTOP, PHONE
from tests.factories.accounts import PersonFactory
from tests.factories.jobs import RunFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

RESULTS = {"saved_step": 20, "reward_before": 0.1, "reward_after": 0.9, "win_rate": 0.8}


@pytest.fixture
def adapter() -> Run:
    PersonFactory(username="mia", role=Role.MANAGER)
    return RunFactory(kind=RunKind.REFINE, options={"axis": "emo"}, results=RESULTS, finished=True)


def _open(page: Page) -> None:
    sign_in_as(page, Person.objects.get(username="mia"))
    page.goto("/runs/new/paint/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_sliders_follow_their_adapter_and_the_keyboard(new_page, adapter, window, theme):
    page = new_page(**window, color_scheme=theme)
    _open(page)
    slider = page.get_by_role("slider", name="Weight of emotional consistency")
    number = page.locator('output[for="id_emo"]')
    expect(slider).to_be_disabled()

    page.get_by_label("Adapter for emotional consistency").select_option(str(adapter.pk))
    expect(slider).to_be_enabled()
    expect(number).to_have_text("1.00")
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    expect(number).to_have_text("0.70")
    _keep_picture(page, f"{'phone' if window is PHONE else 'desktop'}-{theme}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.get_by_role("button", name="Launch").click()
    page.wait_for_url("**/runs/*-*/")
    run = Run.objects.get(kind=RunKind.PAINT)
    assert run.inputs == {"adapters": {"emo": str(adapter.pk)}}
    assert (run.options["emo"], run.options["con"]) == (0.7, None)


def _keep_picture(page: Page, name: str) -> None:
    """For people who want to look at it themselves: MUSEPAINTER_PICTURES=FOLDER."""
    if folder := os.environ.get("MUSEPAINTER_PICTURES"):
        page.screenshot(path=Path(folder) / f"mixing-{name}.png", full_page=True)
