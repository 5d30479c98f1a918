from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from annotate_site.accounts.models import Person
from annotate_site.catalog.models import Candidate, Clip
from annotate_site.core.exceptions import Refused
from annotate_site.studies.models import Rating, Study

MOST_QUESTIONS = 20
SCALE_LIMITS = (-100, 100)


def create_study(
    *, title: str, questions: Sequence[str], lowest: int = 1, highest: int = 10
) -> Study:
    """A closed study; its questions and scale stay as they are from now on."""
    title, questions = title.strip(), [question.strip() for question in questions]
    if not title or len(title) > 200:
        raise Refused("a study needs a title of 1 to 200 characters")
    if not 1 <= len(questions) <= MOST_QUESTIONS or not all(questions):
        raise Refused(f"a study asks 1 to {MOST_QUESTIONS} questions, none of them empty")
    if len(set(questions)) < len(questions):
        raise Refused("a study asks no question twice")
    least, most = SCALE_LIMITS
    if not least <= lowest < highest <= most:
        raise Refused(f"a scale from {lowest} to {highest} does not rise within {least} to {most}")
    return Study.objects.create(title=title, questions=questions, lowest=lowest, highest=highest)


@transaction.atomic
def submit_rating(
    *, study: Study, person: Person, clip: Clip, candidate: Candidate, question: int, value: int
) -> Rating:
    """Store one rating. Sending it again changes nothing; another value replaces the first."""
    if not study.is_open:
        raise Refused(f"the study {study.title!r} is closed")
    if not 0 <= question < len(study.questions):
        raise Refused(f"question {question} is none of the study's {len(study.questions)}")
    if not study.lowest <= value <= study.highest:
        raise Refused(f"{value} is not on the scale from {study.lowest} to {study.highest}")
    rating, _ = Rating.objects.update_or_create(
        study=study,
        person=person,
        clip=clip,
        candidate=candidate,
        question=question,
        defaults={"value": value},
    )
    return rating
