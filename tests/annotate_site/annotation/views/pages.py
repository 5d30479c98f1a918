"""How the tests of the judging page's views ask and answer, and what they read off a page."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from annotate_site.annotation.models import Lease

SCRIPT = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}
ANSWER, UNDO, JUDGE, AHEAD, STRENGTH, SKIP = (
    reverse(f"annotation:{name}")
    for name in ("answer", "undo", "judge", "ahead", "strength", "skip")
)


def post(browser: Client, url: str, values: dict[str, Any], *, script: bool = True) -> HttpResponse:
    return browser.post(url, values, headers=SCRIPT if script else {})


def send(
    browser: Client,
    of: Lease,
    axis: str = "emo",
    verdict: str = "left",
    *,
    script: bool = True,
    **values: Any,
) -> HttpResponse:
    values = {"lease": of.pk, "axis": axis, "verdict": verdict} | values
    return post(browser, ANSWER, values, script=script)


def axis_shown(response: HttpResponse) -> str:
    return _value_of("axis", response)


def lease_shown(response: HttpResponse) -> str:
    return _value_of("lease", response)


def _value_of(field: str, response: HttpResponse) -> str:
    found = re.search(f'name="{field}" value="([^"]*)"', response.content.decode())
    assert found is not None
    return found[1]
