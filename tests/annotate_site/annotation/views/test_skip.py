from __future__ import annotations

from uuid import uuid4

import pytest

from annotate_site.annotation.models import Skip
from tests.annotate_site.annotation.views.pages import (
    JUDGE,
    SKIP,
    lease_shown,
    post,
)


def test_skip_stores_the_reason_and_another_comparison_comes(browser, lease):
    response = post(browser, SKIP, {"lease": lease.pk, "reason": "twins", "note": " alike "})

    assert response.status_code == 200
    assert Skip.objects.values_list("lease", "reason", "note").get() == (
        lease.pk,
        "twins",
        "alike",
    )
    assert lease_shown(browser.get(JUDGE)) != str(lease.pk)


def test_skip_without_scripts_has_a_form_for_the_comparison_in_hand(browser, lease):
    assert lease_shown(browser.get(SKIP)) == str(lease.pk)

    response = post(browser, SKIP, {"lease": lease.pk, "reason": "other"}, script=False)

    assert (response.status_code, response.url) == (302, JUDGE)
    assert Skip.objects.get().reason == "other"


def test_skip_with_nothing_in_hand_leads_to_the_page(browser):
    assert browser.get(SKIP).url == JUDGE


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": "bored"}, "Why?: Select a valid choice. bored is not one of the available "
         "choices."),
        ({"reason": ""}, "Why?: This field is required."),
        ({"note": "x" * 1001}, "Anything to add?: Ensure this value has at most 1000 characters "
         "(it has 1001)."),
        ({"lease": uuid4()}, "This comparison is not among yours; reload the page to get your "
         "own."),
    ],
)  # fmt: skip
def test_skip_refuses_bad_input(browser, lease, changes, sentence):
    values = {"lease": lease.pk, "reason": "other", "note": ""} | changes

    response = post(browser, SKIP, values)

    assert (response.status_code, response.json()["error"]) == (409, sentence)
    assert Skip.objects.count() == 0
