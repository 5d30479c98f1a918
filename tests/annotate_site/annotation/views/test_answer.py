from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone

from annotate_site.annotation.models import Judgement, Lease
from annotate_site.annotation.services import next_lease
from tests.annotate_site.annotation.views.pages import (
    JUDGE,
    send,
)
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import (
    NOON,
    project_with,
)
from workbench.axes import AXES


def test_answer_tells_a_script_what_comes_next(browser, lease):
    response = send(browser, lease, response_ms="1200", listened_share="0.5", strength="2")

    assert (response.status_code, response.json()) == (200, {"next_axis": "con"})
    stored = Judgement.objects.get()
    assert (stored.verdict, stored.response_ms, stored.listened_share, stored.strength) == (
        "left",
        1200,
        0.5,
        2,
    )


def test_answer_to_the_last_axis_tells_the_progress(browser, lease):
    project_with(daily_cap=40)
    *_, response = [send(browser, lease, axis) for axis in AXES]

    assert response.json() == {
        "next_axis": None,
        "progress": {"judged": 1, "today": 1, "cap": 40},
    }


def test_answer_sent_twice_is_stored_once(browser, lease):
    replies = [send(browser, lease).json() for _ in range(2)]

    assert replies == [{"next_axis": "con"}] * 2
    assert Judgement.objects.count() == 1


def test_answer_without_scripts_redirects_to_the_page(browser, lease):
    response = send(browser, lease, script=False, response_ms="", listened_share="")

    assert (response.status_code, response.url) == (302, JUDGE)
    assert Judgement.objects.get().response_ms is None


def test_answer_too_early_says_when_to_send_it_again(browser, lease):
    Lease.objects.update(opens_at=timezone.now() + timedelta(seconds=30))

    response = send(browser, lease)

    assert response.status_code == 409
    told = response.json()
    assert re.fullmatch(r"Listen \d+ more seconds to answer\.", told["error"])
    assert 20 < told["retry_s"] <= 30


def test_answer_to_a_lost_lease_says_so(browser, lease):
    next_lease(annotator=PersonFactory(), now=NOON + timedelta(hours=1))

    response = send(browser, lease)

    assert response.status_code == 409
    assert response.json()["error"] == (
        "This comparison lay open for so long that it went to somebody else; here is another."
    )
    assert Judgement.objects.count() == 0
