from __future__ import annotations

import pytest

from annotate_site.annotation.models import GoldQuestion
from tests.factories.annotation import ComparisonFactory, completed_lease
from tests.factories.catalog import CandidateFactory, picture

pytestmark = pytest.mark.django_db

PAGE = "/project/known-answers/"


@pytest.fixture
def unanimous():
    comparison = ComparisonFactory()
    for index in range(3):
        completed_lease(comparison=comparison, index=index)
    return comparison


def test_a_unanimous_comparison_becomes_known_in_two_steps(site, unanimous) -> None:
    (row,) = site.get(PAGE).context["candidates"]
    assert row[0].comparison_id == unanimous.pk
    address = f"{PAGE}new/{unanimous.pk}/"
    assert site.get(address).context["found"].answers == {"emo": "first", "con": "first"}
    response = site.post(address, {"use": "practice", "explanation": "Look at the sky."})
    assert response.headers["Location"] == PAGE
    question = GoldQuestion.objects.get()
    assert (question.use, question.explanation) == ("practice", "Look at the sky.")
    response = site.get(PAGE)
    assert response.context["candidates"] == []
    assert [row.question for row in response.context["rows"]] == [question]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"use": "work"}, "use"),
        ({"use": ""}, "use"),
        ({"use": "practice", "explanation": " "}, "explanation"),
        ({"use": "gold", "explanation": "x" * 501}, "explanation"),
    ],
)
def test_bad_questions_are_refused_by_field(site, unanimous, values, name) -> None:
    response = site.post(f"{PAGE}new/{unanimous.pk}/", values)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [name])
    assert GoldQuestion.objects.count() == 0


def test_what_is_not_unanimous_is_refused(site) -> None:
    comparison = completed_lease().comparison
    response = site.post(f"{PAGE}new/{comparison.pk}/", {"use": "gold"})
    assert (response.status_code, GoldQuestion.objects.count()) == (422, 0)


def test_a_question_is_retired_and_used_again(site, unanimous) -> None:
    site.post(f"{PAGE}new/{unanimous.pk}/", {"use": "gold"})
    address = f"{PAGE}{GoldQuestion.objects.get().pk}/"
    site.post(address, {"use": "gold", "explanation": ""})
    assert not GoldQuestion.objects.get().is_active
    site.post(address, {"use": "qualification", "explanation": "", "is_active": "on"})
    assert (GoldQuestion.objects.get().is_active, GoldQuestion.objects.get().use) == (
        True,
        "qualification",
    )
    site.post(address, {"use": "work", "is_active": "on"})
    assert GoldQuestion.objects.get().use == "qualification"


@pytest.mark.parametrize("count", ["0", "21", "x", ""])
def test_senseless_numbers_of_copies_are_refused(site, count) -> None:
    response = site.post(PAGE, {"use": "gold", "count": count})
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["count"])


def test_spoilt_copies_are_made_on_demand(site) -> None:
    CandidateFactory(content=picture(size=(64, 64)), width=64, height=64)
    assert site.post(PAGE, {"use": "gold", "count": "3"}).headers["Location"] == PAGE
    assert GoldQuestion.objects.get().source == "corrupted"
    response = site.post(PAGE, {"use": "gold", "count": "3"})
    assert response.context["form"].non_field_errors() == [
        "every picture is in a known answer already"
    ]
