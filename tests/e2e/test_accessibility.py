"""Every page that links lead a role to passes axe-core, and so do states that no link leads to.

test_every_page looks at each page of the site in both themes and sizes, with everything on it. Here
each role walks along the links from its own first page, so that all that links lead to is covered.
The first page is looked at for each role, in all looks, as the frame around all pages differs; the
others for the role that sees most of them: the rest see the same, with less that can be done.
"""

from __future__ import annotations

import re
from collections import deque
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, expect

from annotate_site.accounts.models import Role, Standing
from annotate_site.catalog.models import Candidate
from tests.e2e.axe import LOOKS, violations
from tests.e2e.contents import launched
from tests.e2e.judging import press, start
from tests.e2e.signing_in import sign_in_as
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import ComparisonFactory, completed_lease

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
]

LINK = re.compile(r'<a\b[^>]*\bhref="([^"]*)"')


@pytest.fixture
def contents() -> None:
    """Something of everything that pages show."""
    ComparisonFactory.create_batch(2, overlap=1)
    completed_lease()
    launched()


def name_of_page(url: str) -> str | None:
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return None


def links_of(page: Page, url: str) -> list[str] | None:
    """Where a page leads to on this site; None for what is no page."""
    response = page.request.get(url, max_redirects=5)
    if not (response.ok and response.headers.get("content-type", "").startswith("text/html")):
        return None
    links = (urljoin(url, unescape(link)) for link in LINK.findall(response.text()))
    return [link for link in links if urlsplit(link).netloc == urlsplit(url).netloc]


def walk(page: Page, found: dict[str, list[str]]) -> set[str]:
    """The names of the pages that can be reached by links; adds to `found` what axe says of each
    that it does not know yet, and of the first one."""
    reached: set[str] = set()
    waiting = deque([page.url])
    looks = tuple(LOOKS)
    while waiting:
        url = waiting.popleft()
        name = name_of_page(url)
        if name is None or name in reached:
            continue
        links = links_of(page, url)
        if links is None:
            continue
        if not reached or name not in found:
            page.goto(url)
            found[name] = [*found.get(name, []), *violations(page, looks)]
            looks = looks[:1]
        reached.add(name)
        waiting.extend(links)
    return reached


def assert_nothing(found: dict[str, list[str]]) -> None:
    assert "\n".join(f"{name}: {what}" for name in found for what in found[name]) == ""


def test_every_page_of_every_role_has_no_violations(new_page, contents):
    found: dict[str, list[str]] = {}
    reached = {}
    for role in (Role.ADMIN, Role.MANAGER, Role.RESEARCHER, Role.ANNOTATOR):
        page = new_page()
        sign_in_as(page, PersonFactory(role=role))
        page.goto("/")
        reached[role] = walk(page, found)

    assert_nothing(found)
    assert reached[Role.ADMIN] >= reached[Role.MANAGER] >= reached[Role.RESEARCHER]
    assert reached[Role.RESEARCHER] >= reached[Role.ANNOTATOR]
    least = {Role.ANNOTATOR: 3, Role.MANAGER: 9, Role.RESEARCHER: 6, Role.ADMIN: 9}
    assert {role: len(names) for role, names in reached.items() if len(names) < least[role]} == {}


def test_the_judging_page_has_no_violations_in_any_state(new_page, annotator, comparisons):
    Candidate.objects.filter(pk=comparisons[1].first_id).update(is_sensitive=True)
    page = new_page()
    start(page)
    found = {"listened": violations(page)}
    press(page, "ArrowLeft")
    press(page, "e")
    found["second question, example open"] = violations(page)
    press(page, "z")
    found["zoomed"] = violations(page)
    press(page, "?")
    found["help"] = violations(page)
    page.keyboard.press("Escape")
    press(page, "s")
    found["skip"] = violations(page)
    page.keyboard.press("Escape")
    press(page, "x")
    press(page, "x")
    expect(page.locator(".covered")).to_be_visible()
    found["covered"] = violations(page)
    page.evaluate("document.querySelector('#network').hidden = false")
    page.evaluate("document.querySelector('#network').className = 'network waiting'")
    page.evaluate("document.querySelector('#network').textContent = 'No connection.'")
    found["no connection"] = violations(page)

    assert_nothing(found)


def test_cards_and_errors_have_no_violations(new_page, annotator, expected_problem):
    expected_problem += ["403", "404"]
    page = new_page()
    page.goto("/sign-in/")
    found = {"sign in": violations(page)}
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password").fill("x")
    page.get_by_role("button", name="Sign in").click()
    found["sign in refused"] = violations(page)
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("correct-horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nothing to judge yet")).to_be_visible()
    found["nothing to judge"] = violations(page)
    annotator.standing = Standing.PAUSED
    annotator.save()
    page.goto("/judge/")
    found["paused"] = violations(page)
    page.goto("/clips/")
    found["forbidden"] = violations(page)
    page.goto("/nowhere/")
    found["missing"] = violations(page)

    assert_nothing(found)


def test_the_judging_page_is_used_by_tab_alone_in_a_sensible_order(
    new_page, annotator, comparisons
):
    page = new_page(viewport={"width": 1280, "height": 800})
    start(page)
    press(page, "ArrowLeft")
    page.locator("#play").focus()
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))

    assert stops[:11] == [
        "seek",
        "SUMMARY",
        "answer-left",
        "answer-tie",
        "answer-cannot-tell",
        "answer-right",
        "undo",
        "much",
        "zoom",
        "skip",
        "show-keys",
    ]


def test_what_happens_is_announced(new_page, annotator, comparisons):
    page = new_page()
    start(page)
    said = page.locator("#announcer")
    press(page, "ArrowLeft")
    expect(said).to_have_text("Left. Which picture fits what the music is about better?")
    press(page, "Shift+ArrowRight")
    expect(said).to_have_text("Right, much better. Which picture is more beautiful and original?")
    press(page, "u")
    expect(said).to_have_text("Undone. Which picture fits what the music is about better?")
    press(page, "x")
    press(page, "x")
    expect(said).to_have_text(
        "Cannot tell. Next comparison. Which picture fits the feeling of the music better?"
    )
