"""Known answers made by managers: from unanimous comparisons, or from spoilt copies."""

from __future__ import annotations

from random import Random

from django.db import transaction
from django.utils.translation import gettext

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import (
    Comparison,
    GoldAnswer,
    GoldQuestion,
    GoldSource,
    Purpose,
)
from annotate_site.annotation.services.gold import corrupted_pair
from annotate_site.catalog.models import Candidate
from annotate_site.catalog.selectors import real_candidates
from annotate_site.core import audit
from annotate_site.core.exceptions import Refused
from annotate_site.quality.selectors.gold import unanimous_comparisons

USES = (Purpose.PRACTICE, Purpose.QUALIFICATION, Purpose.GOLD)
MOST_EXPLANATION = 500
MOST_AT_ONCE = 20


@transaction.atomic
def gold_from_votes(
    *,
    comparison: Comparison,
    by: Person,
    use: str,
    explanation: str,
    include_simulated: bool = False,
) -> GoldQuestion:
    """Take the answer for known on which all votes agree, on feeling, content or both."""
    _refuse_bad(use, explanation)
    Comparison.objects.select_for_update(no_key=True).get(pk=comparison.pk)
    found, _ = unanimous_comparisons(
        limit=1, include_simulated=include_simulated, only=comparison.pk
    )
    if not found:
        raise Refused(
            gettext(
                "its votes are not (or no longer) all alike on feeling or content, or it is a "
                "known answer already"
            )
        )
    question = GoldQuestion.objects.create(
        comparison=comparison,
        use=use,
        source=GoldSource.UNANIMOUS,
        explanation=explanation,
        created_by=by,
    )
    GoldAnswer.objects.bulk_create(
        GoldAnswer(question=question, axis=axis, better=better)
        for axis, better in found[0].answers.items()
    )
    audit.record(
        actor=by,
        action="gold.created",
        subject=question,
        after={"use": use, "source": "unanimous", "answers": found[0].answers},
    )
    return question


@transaction.atomic
def gold_from_copies(*, by: Person, use: str, count: int, seed: int) -> list[GoldQuestion]:
    """Pictures against spoilt copies of themselves; fewer when fewer pictures are unused."""
    _refuse_bad(use, "")
    if not 1 <= count <= MOST_AT_ONCE:
        raise Refused(f"{count} is not from 1 to {MOST_AT_ONCE}")
    used = set(GoldQuestion.objects.values_list("comparison__first", "comparison__second"))
    taken = {picture for pair in used for picture in pair}
    free = [
        pk
        for pk in real_candidates()
        .filter(is_sensitive=False)
        .order_by("pk")
        .values_list("pk", flat=True)
        if pk not in taken
    ]
    if not free:
        raise Refused(gettext("every picture is in a known answer already"))
    rng = Random(seed)
    chosen = rng.sample(free, min(count, len(free)))
    pictures = Candidate.objects.select_related("clip", "painter").in_bulk(chosen)
    return [corrupted_pair(pictures[pk], rng.randrange(2**31), use=use, by=by) for pk in chosen]


@transaction.atomic
def change_question(
    *, question: GoldQuestion, by: Person, use: str, explanation: str, is_active: bool
) -> GoldQuestion:
    """Another use or explanation, or out of use. Answers that were given stay as they are."""
    _refuse_bad(use, explanation)
    question = GoldQuestion.objects.select_for_update(of=("self",)).get(pk=question.pk)
    names = ("use", "explanation", "is_active")
    before = {name: getattr(question, name) for name in names}
    after = {"use": use, "explanation": explanation, "is_active": is_active}
    if before == after:
        return question
    for name, value in after.items():
        setattr(question, name, value)
    question.save(update_fields=names)
    audit.record(actor=by, action="gold.changed", subject=question, before=before, after=after)
    return question


def _refuse_bad(use: str, explanation: str) -> None:
    if use not in USES:
        raise Refused(f"{use!r} is no use of a known answer; expected one of {', '.join(USES)}")
    if len(explanation) > MOST_EXPLANATION:
        raise Refused(
            gettext("an explanation of %(n)s characters is too long; %(most)s are the most")
            % {"n": len(explanation), "most": MOST_EXPLANATION}
        )
