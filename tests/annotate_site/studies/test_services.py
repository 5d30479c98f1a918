from __future__ import annotations

from typing import Any

import pytest

from annotate_site.catalog.models import Candidate
from annotate_site.core.exceptions import Refused
from annotate_site.studies.models import Rating, Study
from annotate_site.studies.services import create_study, submit_rating
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import CandidateFactory
from tests.factories.studies import StudyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate() -> Candidate:
    return CandidateFactory()


@pytest.fixture
def rating(candidate: Candidate) -> dict[str, Any]:
    return {
        "study": StudyFactory(),
        "person": PersonFactory(),
        "clip": candidate.clip,
        "candidate": candidate,
        "question": 0,
        "value": 7,
    }


def test_create_study_begins_closed() -> None:
    study = create_study(title=" Likert ", questions=[" Fit? ", "Beauty?"])
    assert (study.title, study.questions) == ("Likert", ["Fit?", "Beauty?"])
    assert (study.lowest, study.highest, study.is_open) == (1, 10, False)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"title": "  "}, "a title of 1 to 200 characters"),
        ({"title": "x" * 201}, "a title of 1 to 200 characters"),
        ({"questions": []}, "asks 1 to 20 questions"),
        ({"questions": ["a", " "]}, "none of them empty"),
        ({"questions": [str(n) for n in range(21)]}, "asks 1 to 20 questions"),
        ({"questions": ["a", "a "]}, "no question twice"),
        ({"lowest": 5, "highest": 5}, "a scale from 5 to 5 does not rise"),
        ({"lowest": 9, "highest": 1}, "a scale from 9 to 1 does not rise"),
        ({"highest": 40_000}, "does not rise within -100 to 100"),
    ],
)
def test_create_study_refuses_nonsense(facts: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        create_study(**{"title": "Likert", "questions": ["Fit?"]} | facts)
    assert Study.objects.count() == 0


def test_submit_rating_sent_twice_is_stored_once(rating: dict[str, Any]) -> None:
    assert submit_rating(**rating) == submit_rating(**rating)
    assert [row.value for row in Rating.objects.all()] == [7]


def test_submit_rating_replaces_the_value(rating: dict[str, Any]) -> None:
    submit_rating(**rating)
    submit_rating(**rating | {"value": 3})
    assert [row.value for row in Rating.objects.all()] == [3]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"value": 0}, "0 is not on the scale from 1 to 10"),
        ({"value": 11}, "11 is not on the scale from 1 to 10"),
        ({"question": 2}, "question 2 is none of the study's 2"),
        ({"question": -1}, "question -1 is none of the study's 2"),
    ],
)
def test_submit_rating_refuses_what_is_off_the_form(
    rating: dict[str, Any], facts: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused) as refusal:
        submit_rating(**rating | facts)
    assert str(refusal.value) == reason
    assert Rating.objects.count() == 0


def test_submit_rating_refuses_when_the_study_is_closed(rating: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="the study 'Shut' is closed"):
        submit_rating(**rating | {"study": StudyFactory(title="Shut", is_open=False)})
