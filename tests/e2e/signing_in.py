"""Signed in without the form: what the form itself does, test_accessibility and others try."""

from __future__ import annotations

from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from annotate_site.accounts.models import Person


def sign_in_as(page: Page, person: Person) -> None:
    """Give the window the session of `person`. The live server is on localhost, at any port."""
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "domain": "localhost", "path": "/"}])
