from __future__ import annotations

from uuid import uuid4

import pytest

from annotate_site.annotation.models import Judgement
from tests.annotate_site.annotation.views.pages import (
    JUDGE,
    STRENGTH,
    UNDO,
    axis_shown,
    lease_shown,
    post,
    send,
)
from tests.factories.accounts import PersonFactory
from workbench.axes import AXES


def test_strength_changes_the_newest_answer_and_repeats_change_nothing(browser, lease):
    send(browser, lease, strength=1)
    values = {"lease": lease.pk, "axis": "emo", "strength": 2}

    replies = [post(browser, STRENGTH, values).json() for _ in range(2)]

    assert replies == [{"strength": 2}] * 2
    assert Judgement.objects.get().strength == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"axis": "con"}, "Only your newest answer can be changed; undo others."),
        ({"lease": uuid4()}, "Only your newest answer can be changed; undo others."),
        ({"strength": 0}, "Strength: Ensure this value is greater than or equal to 1."),
        ({"strength": "very"}, "Strength: Enter a whole number."),
    ],
)
def test_strength_refuses_bad_input(browser, lease, changes, sentence):
    send(browser, lease, strength=1)

    response = post(browser, STRENGTH, {"lease": lease.pk, "axis": "emo", "strength": 2} | changes)

    assert (response.status_code, response.json()["error"]) == (409, sentence)
    assert Judgement.objects.get().strength == 1


def test_strength_does_not_go_with_a_tie(browser, lease):
    send(browser, lease, verdict="tie")

    response = post(browser, STRENGTH, {"lease": lease.pk, "axis": "emo", "strength": 2})

    assert response.json()["error"] == "A strength goes with left or right only."


def test_undo_by_id_leads_back_to_the_question(browser, lease):
    send(browser, lease)
    newest = Judgement.objects.get()

    response = post(browser, UNDO, {"judgement": newest.pk}, script=False)

    assert (response.status_code, response.url) == (302, JUDGE)
    assert axis_shown(browser.get(JUDGE)) == "emo"
    newest.refresh_from_db()
    assert newest.undone_at is not None


def test_undo_by_place_goes_back_to_the_comparison_before(browser, lease):
    for axis in AXES:
        send(browser, lease, axis)
    browser.get(JUDGE)

    response = post(browser, UNDO, {"lease": lease.pk, "axis": "cre"})

    assert response.json()["progress"]["judged"] == 0
    shown = browser.get(JUDGE)
    assert (lease_shown(shown), axis_shown(shown)) == (str(lease.pk), "cre")


@pytest.mark.parametrize("by_id", [True, False])
def test_undo_sent_twice_takes_back_one_answer(browser, lease, by_id):
    for axis in AXES[:2]:
        send(browser, lease, axis)
    newest = Judgement.objects.get(axis="con")
    values = {"judgement": newest.pk} if by_id else {"lease": lease.pk, "axis": "con"}

    for _ in range(2):
        post(browser, UNDO, values)

    assert list(Judgement.objects.filter(undone_at=None).values_list("axis", flat=True)) == ["emo"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"judgement": "newest"}, "Judgement: Enter a valid UUID."),
        ({"axis": "emo"}, "There is no such answer to undo."),
        ({}, "There is no such answer to undo."),
    ],
)
def test_undo_refuses_what_names_no_answer(browser, lease, values, sentence):
    send(browser, lease)

    response = post(browser, UNDO, values)

    assert (response.status_code, response.json()["error"]) == (409, sentence)
    assert Judgement.objects.get().undone_at is None


def test_undo_refuses_a_foreign_answer(browser, lease, client):
    send(browser, lease)
    client.force_login(PersonFactory())

    response = post(client, UNDO, {"lease": lease.pk, "axis": "emo"})

    assert response.status_code == 409
    assert Judgement.objects.get().undone_at is None
