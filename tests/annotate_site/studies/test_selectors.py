from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from annotate_site.catalog.models import Candidate
from annotate_site.studies.models import Study
from annotate_site.studies.selectors import QuestionMean, painter_means, question_means
from annotate_site.studies.services import submit_rating
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import CandidateFactory, PainterFactory
from tests.factories.studies import StudyFactory

pytestmark = pytest.mark.django_db


def _rate(study: Study, candidate: Candidate, *values: int, question: int = 0) -> None:
    for value in values:
        submit_rating(
            study=study,
            person=PersonFactory(),
            clip=candidate.clip,
            candidate=candidate,
            question=question,
            value=value,
        )


def test_question_means_in_the_order_of_the_study() -> None:
    study = StudyFactory()
    _rate(study, CandidateFactory(), 2, 5, 8, question=1)
    _rate(StudyFactory(), CandidateFactory(), 10)
    assert question_means(study) == [
        QuestionMean("Does it fit?", 0, None),
        QuestionMean("Is it beautiful?", 3, 5.0),
    ]


def test_question_means_of_a_study_without_questions_is_empty() -> None:
    assert question_means(StudyFactory(questions=[])) == []


def test_painter_means_keep_painters_apart(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    study = StudyFactory()
    _rate(study, CandidateFactory(painter=PainterFactory(name="a")), 1, 2)
    _rate(study, CandidateFactory(painter=PainterFactory(name="b")), 9, question=1)
    with django_assert_num_queries(1):
        means = painter_means(study)
    assert means == {
        "a": [QuestionMean("Does it fit?", 2, 1.5), QuestionMean("Is it beautiful?", 0, None)],
        "b": [QuestionMean("Does it fit?", 0, None), QuestionMean("Is it beautiful?", 1, 9.0)],
    }
