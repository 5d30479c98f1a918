"""Comparisons whose answer is known, made from a picture and a spoilt copy of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from random import Random

from django.db import transaction
from django.utils.translation import gettext_noop

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import (
    AxisChoice,
    Comparison,
    ComparisonKind,
    GoldAnswer,
    GoldQuestion,
    GoldSource,
    Purpose,
    Side,
)
from annotate_site.catalog.models import Candidate
from annotate_site.catalog.selectors import real_candidates
from annotate_site.catalog.services import add_corrupted_copy
from annotate_site.core import audit
from annotate_site.core.exceptions import Refused

_AXES = (AxisChoice.EMO, AxisChoice.CON)
_USES = (Purpose.PRACTICE, Purpose.QUALIFICATION, Purpose.GOLD)
# Stored in English, and translated where they are shown.
_EXPLANATIONS = {
    "blurred": gettext_noop(
        "The other picture is the same one, greyed and blurred until hardly anything is left. "
        "Neither a feeling nor a content comes across there."
    ),
    "noisy": gettext_noop(
        "The other picture is the same one, drowned in grey noise. "
        "Neither a feeling nor a content comes across there."
    ),
    "shuffled": gettext_noop(
        "The other picture is the same one, greyed, cut to pieces and laid anew. "
        "Neither a feeling nor a content comes across there."
    ),
}


@transaction.atomic
def corrupted_pair(
    candidate: Candidate,
    seed: int,
    *,
    use: Purpose | str = Purpose.GOLD,
    axes: Sequence[str] = _AXES,
    by: Person | None = None,
) -> GoldQuestion:
    """A picture against a spoilt copy: on feeling and content the picture is known to be better.

    The same picture and seed give the same question; then its `use` stays what it was. Beauty has
    no known answer, so `cre` is refused.
    """
    if use not in _USES:
        raise Refused(f"{use!r} is no use of a known answer; expected one of {', '.join(_USES)}")
    if not axes or set(axes) - set(_AXES):
        raise Refused(f"known answers are for {' and '.join(_AXES)} only")
    copy = add_corrupted_copy(candidate=candidate, seed=seed)
    comparison = _comparison(candidate, copy.candidate, seed)
    question, is_new = GoldQuestion.objects.get_or_create(
        comparison=comparison,
        defaults={
            "use": use,
            "source": GoldSource.CORRUPTED,
            "explanation": _EXPLANATIONS[copy.how],
            "created_by": by,
        },
    )
    if is_new:
        better = Side.FIRST if comparison.first_id == candidate.pk else Side.SECOND
        GoldAnswer.objects.bulk_create(
            GoldAnswer(question=question, axis=axis, better=better) for axis in axes
        )
        facts = {"use": str(use), "axes": list(axes), "source": str(GoldSource.CORRUPTED)}
        audit.record(actor=by, action="gold.created", subject=question, after=facts)
    return question


@transaction.atomic
def make_training_pairs(*, practice: int, qualification: int, seed: int) -> list[GoldQuestion]:
    """Known answers for practice and the test out of the real pictures, spread over the clips.

    What is there already counts, so a second call makes no more. Fewer pictures, fewer questions.
    """
    uses = [
        *[Purpose.PRACTICE] * (practice - _count(Purpose.PRACTICE)),
        *[Purpose.QUALIFICATION] * (qualification - _count(Purpose.QUALIFICATION)),
    ]
    if not uses:
        return []
    used = set(
        GoldQuestion.objects.values_list("comparison__first", "comparison__second").iterator()
    )
    taken = {candidate for pair in used for candidate in pair}
    free = [candidate for candidate in _spread(seed) if candidate.pk not in taken]
    return [
        corrupted_pair(candidate, seed + number, use=use)
        for number, (candidate, use) in enumerate(zip(free, uses, strict=False))
    ]


def _count(use: Purpose) -> int:
    return GoldQuestion.objects.filter(use=use, is_active=True).count()


def _spread(seed: int) -> list[Candidate]:
    """Real candidates, one of each clip before a second one of any. In an order of the seed."""
    by_clip: dict[object, list[Candidate]] = {}
    pictures = real_candidates().select_related("clip", "painter")
    for candidate in pictures.filter(is_sensitive=False).order_by("sha256", "pk"):
        by_clip.setdefault(candidate.clip.sha256, []).append(candidate)
    rng = Random(seed)
    clips = [by_clip[key] for key in sorted(by_clip, key=str)]
    rng.shuffle(clips)
    for pictures_of_clip in clips:
        rng.shuffle(pictures_of_clip)
    rounds = zip_longest(*clips)
    return [candidate for row in rounds for candidate in row if candidate is not None]


def _comparison(one: Candidate, other: Candidate, seed: int) -> Comparison:
    first, second = sorted((one, other), key=lambda candidate: candidate.pk)
    rng = Random(f"{seed} {first.pk}")
    comparison, _ = Comparison.objects.get_or_create(
        clip=one.clip,
        first=first,
        second=second,
        defaults={
            "kind": ComparisonKind.ORIGINAL_NEGATIVE,
            "position": rng.random(),
            "even_shows_first_left": rng.random() < 0.5,
        },
    )
    return comparison
