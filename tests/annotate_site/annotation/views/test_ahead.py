from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotate_site.annotation.models import Lease
from annotate_site.annotation.services.documents import publish_document
from tests.annotate_site.annotation.views.pages import (
    AHEAD,
    JUDGE,
    lease_shown,
    send,
)
from tests.factories.annotation import (
    project_with,
)
from workbench.axes import AXES


def test_ahead_gives_the_next_comparison_and_holds_its_answers_back(browser, lease):
    send(browser, lease)

    content = browser.get(AHEAD, {"behind": lease.pk}).content.decode()

    following = Lease.objects.exclude(pk=lease.pk).get()
    assert f'data-lease="{following.pk}"' in content
    assert 'data-wait-s="1.500"' in content
    assert send(browser, following).status_code == 409
    assert lease_shown(browser.get(JUDGE)) == str(lease.pk)


def test_ahead_becomes_current_when_the_one_before_is_complete(browser, lease):
    send(browser, lease)
    browser.get(AHEAD, {"behind": lease.pk})
    before = timezone.now()
    for axis in AXES[1:]:
        send(browser, lease, axis)

    after = timezone.now()
    following = Lease.objects.exclude(pk=lease.pk).get()
    assert not following.is_ahead
    assert lease_shown(browser.get(JUDGE)) == str(following.pk)
    listen = timedelta(seconds=1.5)
    assert before + listen <= following.opens_at <= after + listen


def test_ahead_shown_by_a_reload_starts_its_time(browser, lease):
    send(browser, lease)
    browser.get(AHEAD, {"behind": lease.pk})
    Lease.objects.filter(pk=lease.pk).update(lost_at=timezone.now())

    response = browser.get(JUDGE)

    following = Lease.objects.exclude(pk=lease.pk).get()
    assert lease_shown(response) == str(following.pk)
    assert not following.is_ahead
    assert following.opens_at < timezone.now() + timedelta(seconds=2)


@pytest.mark.parametrize("behind", ["", "x", uuid4()])
def test_ahead_of_what_is_not_ones_own_is_nothing(browser, lease, behind):
    assert browser.get(AHEAD, {"behind": behind}).status_code == 204
    assert Lease.objects.count() == 1


def test_ahead_is_nothing_before_the_first_answer(browser, lease):
    assert browser.get(AHEAD, {"behind": lease.pk}).status_code == 204
    assert Lease.objects.count() == 1


def test_ahead_is_nothing_when_this_is_the_days_last(browser, lease):
    project_with(daily_cap=1)
    send(browser, lease)

    assert browser.get(AHEAD, {"behind": lease.pk}).status_code == 204
    assert Lease.objects.count() == 1


def test_ahead_is_nothing_once_there_is_a_newer_text_to_read(browser, lease):
    send(browser, lease)
    publish_document(kind="consent", texts={"en": "A newer one."}, by=None)

    assert browser.get(AHEAD, {"behind": lease.pk}).status_code == 204
    assert Lease.objects.count() == 1
    assert browser.get(JUDGE).url == "/welcome/consent/"
