from __future__ import annotations

from typing import NamedTuple

from django.db.models import Avg, Count

from annotate_site.studies.models import Rating, Study


class QuestionMean(NamedTuple):
    question: str
    ratings: int
    mean: float | None
    """None while nobody has rated it."""


def question_means(study: Study) -> list[QuestionMean]:
    """The mean of each question over all people, clips and candidates, in the study's order."""
    rows = {
        row["question"]: (row["ratings"], row["mean"])
        for row in Rating.objects.filter(study=study)
        .values("question")
        .annotate(ratings=Count("id"), mean=Avg("value"))
    }
    return [
        QuestionMean(question, *rows.get(number, (0, None)))
        for number, question in enumerate(study.questions)
    ]


def painter_means(study: Study) -> dict[str, list[QuestionMean]]:
    """The means of each painter's candidates, by the painter's name: what a study compares."""
    rows = (
        Rating.objects.filter(study=study)
        .values("candidate__painter__name", "question")
        .annotate(ratings=Count("id"), mean=Avg("value"))
        .order_by("candidate__painter__name")
    )
    means: dict[str, list[QuestionMean]] = {}
    for row in rows:
        name = row["candidate__painter__name"]
        own = means.setdefault(name, [QuestionMean(q, 0, None) for q in study.questions])
        number = row["question"]
        own[number] = QuestionMean(study.questions[number], row["ratings"], row["mean"])
    return means
