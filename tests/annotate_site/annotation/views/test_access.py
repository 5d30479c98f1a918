from __future__ import annotations

import pytest
from django.test import Client

from tests.annotate_site.annotation.views.pages import (
    AHEAD,
    ANSWER,
    JUDGE,
    SKIP,
    STRENGTH,
    UNDO,
    post,
)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("url", [JUDGE, ANSWER, UNDO, AHEAD, STRENGTH, SKIP])
def test_every_view_sends_strangers_to_the_sign_in_page(client, method, url):
    response = getattr(client, method)(url)

    assert (response.status_code, response.url) == (302, f"/sign-in/?next={url}")


@pytest.mark.parametrize("url", [ANSWER, UNDO, STRENGTH, SKIP])
def test_writing_views_need_the_csrf_token(annotator, lease, url):
    client = Client(enforce_csrf_checks=True)
    client.force_login(annotator)

    assert post(client, url, {"lease": lease.pk}).status_code == 403


@pytest.mark.parametrize("url", [ANSWER, UNDO, STRENGTH])
def test_writing_views_refuse_get(browser, url):
    assert browser.get(url).status_code == 405
