"""A real browser against a live server: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Comparison
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import ComparisonFactory

CHROMIUM = Path("/usr/bin/chromium")
_PATIENCE_MS = 20_000  # A busy machine may take long to play a second of music.
_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing; install it with: apt-get install chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's synchronous interface runs an event loop in this thread, in which Django
        # would refuse to use the database.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=_PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def expected_problem() -> list[str]:
    """A test that provokes an error puts a part of the browser's message here."""
    return []


@pytest.fixture
def new_page(
    browser: Browser, live_server: Any, expected_problem: list[str]
) -> Iterator[Callable[..., Page]]:
    """Open a window of its own; at the end nothing else may have reached its error console.

    There the browser reports scripts that fail and whatever the content security policy blocks.
    """
    problems: list[str] = []
    contexts = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(message.text)

    def opened(**options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [text for text in problems if not any(part in text for part in expected_problem)] == []


@pytest.fixture
def annotator() -> Person:
    return PersonFactory(username="ada")


@pytest.fixture
def comparisons() -> list[Comparison]:
    """Two that wait, in this order. Their clips of 1.5 s are heard out before the first answer."""
    return [ComparisonFactory(overlap=1, position=position) for position in (0.1, 0.2)]
