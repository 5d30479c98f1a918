"""Seven kinds of bad input to every view that changes something: refused, and nothing is stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.models import Comparison, Judgement, Lease, Purpose, Skip, Slot
from annotate_site.annotation.services import next_lease, submit_judgement
from annotate_site.annotation.services.training import training_lease
from tests.annotate_site.annotation.views.pages import (
    ANSWER,
    JUDGE,
    SKIP,
    STRENGTH,
    UNDO,
    post,
    send,
)
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, ComparisonFactory, GoldQuestionFactory

Values = dict[str, Any]

FOREIGN, LOST = "a foreign lease", "a lease that went to somebody else"
_NOT_YOURS = "This comparison is not among yours; reload the page to get your own."
_WENT = "This comparison lay open for so long that it went to somebody else; here is another."
_NO_AXIS = "Axis: Select a valid choice. fun is not one of the available choices."
_BOTH = "Verdict: Select a valid choice. both is not one of the available choices."
_NEGATIVE = "Response ms: Ensure this value is greater than or equal to 0."
_FORGED = "There is no field “annotator”; whose answer it is follows from the session."
_NO_TIME = "There is no field “response_ms”; whose answer it is follows from the session."
_LARGE = "This is larger than 16384 bytes."
_ONLY_NEWEST = "Only your newest answer can be changed; undo others."

# By view: what is right, then by kind what is wrong with it, and what is said to that.
GOOD: dict[str, Values] = {
    ANSWER: {"axis": "con", "verdict": "left"},
    STRENGTH: {"axis": "emo", "strength": 2},
    UNDO: {"axis": "emo"},
    SKIP: {"reason": "other", "note": ""},
}
BAD: dict[str, dict[str, tuple[Values, str]]] = {
    ANSWER: {
        "wrong axis": ({"axis": "fun"}, _NO_AXIS),
        "foreign lease": ({"lease": FOREIGN}, _NOT_YOURS),
        "expired lease": ({"lease": LOST}, _WENT),
        "forged author": ({"annotator": "1"}, _FORGED),
        "bogus choice": ({"verdict": "both"}, _BOTH),
        "negative time": ({"response_ms": "-1"}, _NEGATIVE),
        "oversized body": ({"verdict": "x" * 20_000}, _LARGE),
    },
    STRENGTH: {
        "wrong axis": ({"axis": "fun"}, _NO_AXIS),
        "foreign lease": ({"lease": FOREIGN}, _ONLY_NEWEST),
        "expired lease": ({"lease": LOST}, _ONLY_NEWEST),
        "forged author": ({"annotator": "1"}, _FORGED),
        "bogus choice": ({"strength": "very"}, "Strength: Enter a whole number."),
        "negative time": ({"response_ms": "-1"}, _NO_TIME),
        "oversized body": ({"strength": "1" * 20_000}, _LARGE),
    },
    UNDO: {
        "wrong axis": ({"axis": "fun"}, _NO_AXIS),
        "foreign lease": ({"lease": FOREIGN}, "There is no such answer to undo."),
        "expired lease": ({"lease": LOST}, "There is no such answer to undo."),
        "forged author": ({"annotator": "1"}, _FORGED),
        "bogus choice": ({"judgement": "newest"}, "Judgement: Enter a valid UUID."),
        "negative time": ({"response_ms": "-1"}, _NO_TIME),
        "oversized body": ({"judgement": "x" * 20_000}, _LARGE),
    },
    SKIP: {
        "wrong axis": (
            {"axis": "fun"},
            "There is no field “axis”; whose answer it is follows from the session.",
        ),
        "foreign lease": ({"lease": FOREIGN}, _NOT_YOURS),
        # A lease that is lost may be skipped still: the reason is worth knowing.
        "forged author": ({"annotator": "1"}, _FORGED),
        "bogus choice": (
            {"reason": "bored"},
            "Why?: Select a valid choice. bored is not one of the available choices.",
        ),
        "negative time": ({"response_ms": "-1"}, _NO_TIME),
        "oversized body": ({"note": "x" * 20_000}, _LARGE),
    },
}
CASES = [
    pytest.param(url, changes, sentence, id=f"{url} {kind}")
    for url, kinds in BAD.items()
    for kind, (changes, sentence) in kinds.items()
]


@pytest.fixture
def leases(annotator: Person) -> dict[str, Lease]:
    """What the person lost, what they have in hand with one answer, and what somebody else has."""
    ComparisonFactory.create_batch(3, overlap=1)
    lost = next_lease(annotator=annotator, now=NOON)
    Lease.objects.filter(pk=lost.pk).update(lost_at=NOON)
    Comparison.objects.filter(pk=lost.comparison_id).update(is_open=False)
    own = next_lease(annotator=annotator, now=NOON)
    submit_judgement(
        annotator=annotator, lease_id=own.pk, axis="emo", verdict="left", strength=1, now=later()
    )
    stranger = PersonFactory()
    foreign = next_lease(annotator=stranger, now=NOON)
    submit_judgement(
        annotator=stranger, lease_id=foreign.pk, axis="emo", verdict="left", strength=1, now=later()
    )
    return {"own": own, LOST: lost, FOREIGN: foreign}


def later() -> Any:
    return NOON + timedelta(minutes=1)


def state() -> list[object]:
    """Everything that these views can change."""
    models = (Judgement, Lease, Slot, Skip)
    return [list(model.objects.order_by("pk").values()) for model in models]


def filled_in(url: str, changes: Values, leases: dict[str, Lease]) -> Values:
    values = {"lease": "own", **GOOD[url], **changes}
    return values | {"lease": leases[values["lease"]].pk}


@pytest.mark.parametrize(("url", "changes", "sentence"), CASES)
def test_bad_input_of_a_script_is_refused(browser, leases, url, changes, sentence):
    before = state()
    response = post(browser, url, filled_in(url, changes, leases))
    assert response.status_code == 409
    assert response.json() == {"error": sentence, "retry_s": None}
    assert state() == before


@pytest.mark.parametrize(("url", "changes", "sentence"), CASES)
def test_bad_input_without_scripts_is_refused_in_a_message(browser, leases, url, changes, sentence):
    before = state()
    response = post(browser, url, filled_in(url, changes, leases), script=False)
    assert (response.status_code, response.url) == (302, JUDGE)
    assert [str(message) for message in get_messages(response.wsgi_request)] == [sentence]
    assert state() == before


@pytest.mark.parametrize("url", GOOD)
def test_what_is_bad_above_is_good_without_it(browser, leases, url):
    before = state()
    assert post(browser, url, filled_in(url, {}, leases)).status_code == 200
    assert state() != before


@pytest.mark.parametrize("url", GOOD)
def test_a_body_that_nothing_may_be_as_large_as_is_refused_before_it_is_read(browser, leases, url):
    before = state()
    response = post(browser, url, filled_in(url, {}, leases) | {"padding": "x" * (1 << 20)})
    assert response.status_code in {400, 409}
    assert state() == before


# ---- practice and test ------------------------------------------------------

TRAINING = {
    "/welcome/practice/": (Purpose.PRACTICE, "/welcome/practice/"),
    "/welcome/test/": (Purpose.QUALIFICATION, "/welcome/test/"),
}
_NOT_YOUR_PAIR = "This pair is not among yours; reload the page to get your own."
BAD_TRAINING: dict[str, tuple[Values, str]] = {
    "wrong axis": ({"axis": "fun"}, _NO_AXIS),
    "axis that is not asked": ({"axis": "cre"}, "Axis 'cre' is not asked here."),
    "foreign lease": ({"lease": FOREIGN}, _NOT_YOUR_PAIR),
    "no lease": ({"lease": str(uuid4())}, _NOT_YOUR_PAIR),
    "forged author": ({"annotator": "1"}, _FORGED),
    "bogus choice": ({"verdict": "both"}, _BOTH),
    "negative time": ({"response_ms": "-1"}, _NEGATIVE),
    "oversized body": ({"verdict": "x" * 20_000}, _LARGE),
}


@pytest.mark.parametrize("kind", BAD_TRAINING)
@pytest.mark.parametrize("url", TRAINING)
def test_bad_answers_to_training_pairs_are_refused(client: Client, db: None, url, kind):
    purpose, page = TRAINING[url]
    GoldQuestionFactory.create_batch(2, use=purpose)
    people = PersonFactory.create_batch(2, standing=Standing.NEW, volume_checked_at=NOON)
    own, foreign = (training_lease(annotator=p, purpose=purpose, now=NOON) for p in people)
    client.force_login(people[0])
    changes, sentence = BAD_TRAINING[kind]
    values = {"lease": own.pk, "axis": own.axes[0], "verdict": "left"} | changes
    if values["lease"] == FOREIGN:
        values["lease"] = foreign.pk
    before = state()

    response = client.post(url, values)

    assert (response.status_code, response.url) == (302, page)
    assert [str(message) for message in get_messages(response.wsgi_request)] == [sentence]
    assert state() == before


# ---- more ways to be wrong in an answer ------------------------------------

MORE = [
    ({"axis": "cre"}, "The axis 'emo' comes first."),
    ({"verdict": ""}, "Verdict: This field is required."),
    ({"lease": "1; DROP TABLE"}, "Lease: Enter a valid UUID."),
    ({"lease": uuid4()}, _NOT_YOURS),
    ({"response_ms": 10**12}, "Response ms: Ensure this value is less than or equal to 86400000."),
    ({"listened_share": 1.5}, "Listened share: Ensure this value is less than or equal to 1."),
    ({"listened_share": "nan"}, "Listened share: Enter a number."),
    ({"strength": 3}, "Strength: Ensure this value is less than or equal to 2."),
    (
        {"strength": 2, "verdict": "tie"},
        "A strength is 1 or 2 and goes with left or right only.",
    ),
]


@pytest.mark.parametrize(("values", "sentence"), MORE)
@pytest.mark.parametrize("script", [True, False])
def test_an_answer_that_cannot_be_is_refused(browser, lease, values, sentence, script):
    response = send(browser, lease, script=script, **values)
    told = (
        [response.json()["error"]]
        if script
        else [str(message) for message in get_messages(response.wsgi_request)]
    )
    assert (response.status_code, told) == (409 if script else 302, [sentence])
    assert Judgement.objects.count() == 0


def test_nothing_is_told_of_when_a_foreign_lease_opens(browser, lease):
    foreign = next_lease(annotator=PersonFactory(), now=timezone.now())
    response = send(browser, foreign)
    assert response.json() == {"error": _NOT_YOURS, "retry_s": None}
