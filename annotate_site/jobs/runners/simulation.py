"""Simulated annotators: they take leases and answer like people, by a known truth.

The only module of the site that knows the miniature world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from PIL import Image

from annotate_site.accounts.models import Person
from annotate_site.accounts.services import simulated_annotators
from annotate_site.annotation.axes import axes_asked
from annotate_site.annotation.models import Comparison, Lease, Verdict
from annotate_site.annotation.selectors import shown_comparison
from annotate_site.annotation.services import next_lease, submit_judgement
from annotate_site.catalog.models import Candidate, Clip
from annotate_site.core.exceptions import Refused
from annotate_site.jobs.runners.simulate import SimulateOptions
from generation.descriptors import Descriptors
from miniature import annotators, gold
from workbench.axes import AXES, Axis

_TYPICAL_RESPONSE_MS = 4000
_SPREAD = 0.5  # Standard deviation of the logarithm of the response time.
_PICTURES_KEPT = 64
_UTILITIES_KEPT = 100_000


class Simulated(NamedTuple):
    """What a simulation did. `ended_because` is half a sentence for the person who asked."""

    stored: int
    complete_comparisons: int
    ended_because: str


@dataclass(frozen=True)
class _Simulant:
    """A simulated account and the taste that answers for it."""

    person: Person
    taste: annotators.SimulatedAnnotator
    number: int


@dataclass
class _Progress:
    stored: int = 0
    complete: int = 0
    resting: set[int] = field(default_factory=set)
    """Simulants who have seen everything there is for them."""


def simulate(
    settings: SimulateOptions, *, clock: Callable[[], datetime], tell: Callable[[int], None]
) -> Simulated:
    """Answer whole comparisons until `settings.judgements` are stored or none is left.

    `tell` hears the number of answers so far. The verdicts depend on the seed, the annotator's
    number and what is compared alone. Raises Refused when clips lack the descriptors that the
    truth is computed from, or when nobody has anything to judge.
    """
    _refuse_undescribed_clips()
    people = simulated_annotators(count=settings.annotators)
    tastes = annotators.cohort(settings.annotators, settings.seed)
    simulants = [
        _Simulant(person, taste, number)
        for number, (person, taste) in enumerate(zip(people, tastes, strict=True))
    ]
    progress = _Progress()
    for simulant in _taking_turns(simulants, progress):
        if progress.stored + len(AXES) > settings.judgements:
            return _ended(progress, gettext_noop("as many as you asked for, in whole comparisons"))
        lease = _next(simulant, clock())
        if lease is None:
            progress.resting.add(simulant.number)
            continue
        progress.stored += _answer(lease, simulant, settings.seed, clock)
        progress.complete += 1
        tell(progress.stored)
    if not progress.stored:
        raise Refused(
            _(
                "nothing waits for these annotators; choose comparisons first, or ask for more "
                "annotators"
            )
        )
    return _ended(
        progress,
        gettext_noop(
            "then no comparison was left that they had not seen: choose new comparisons, or ask "
            "for more annotators"
        ),
    )


def _ended(progress: _Progress, because: str) -> Simulated:
    return Simulated(progress.stored, progress.complete, because)


def _refuse_undescribed_clips() -> None:
    waiting = Comparison.objects.filter(is_open=True, slots__done_at__isnull=True)
    n_lacking = Clip.objects.filter(
        descriptors__isnull=True, pk__in=waiting.values("clip_id")
    ).count()
    if n_lacking:
        raise Refused(
            _(
                "simulated annotators go by key and tempo, and clips without descriptors are among "
                "those to judge (%(n)s); run “Describe clips” first"
            )
            % {"n": n_lacking}
        )


def _taking_turns(simulants: list[_Simulant], progress: _Progress) -> Iterator[_Simulant]:
    """Round and round, until all of them rest."""
    while len(progress.resting) < len(simulants):
        yield from (simulant for simulant in simulants if simulant.number not in progress.resting)


def _next(simulant: _Simulant, now: datetime) -> Lease | None:
    """None as well when this simulant has reached the day's limit, or was paused for bad taste."""
    try:
        return next_lease(annotator=simulant.person, now=now)
    except Refused:
        return None


def _answer(lease: Lease, simulant: _Simulant, seed: int, clock: Callable[[], datetime]) -> int:
    """Answer what is still open of one comparison; returns how many answers that took."""
    shown = shown_comparison(lease)
    open_axes = axes_asked(lease)[lease.answered :]
    clip = shown.lease.comparison.clip
    left, right = _utilities(shown.left, clip), _utilities(shown.right, clip)
    for axis in open_axes:
        rng = _generator(seed, simulant.number, axis, (clip, shown.left, shown.right))
        verdict = simulant.taste.judge(axis, left[axis], right[axis], rng)
        submit_judgement(
            annotator=simulant.person,
            lease_id=lease.pk,
            axis=axis,
            verdict=Verdict(verdict),
            # A person would have listened until then.
            now=max(clock(), lease.opens_at),
            response_ms=round(_TYPICAL_RESPONSE_MS * rng.lognormal(0, _SPREAD)),
            listened_share=1.0,
        )
    return len(open_axes)


def _generator(
    seed: int, number: int, axis: Axis, shown: tuple[Clip | Candidate, ...]
) -> np.random.Generator:
    """Chance that depends on who judges what, not on when or under which ids."""
    contents = [int(thing.sha256[:16], 16) for thing in shown]
    return np.random.default_rng([seed, number, AXES.index(axis), *contents])


def _utilities(candidate: Candidate, clip: Clip) -> dict[Axis, float]:
    descriptors = Descriptors.model_validate(clip.descriptors)
    heard = (descriptors.key.mode, descriptors.tempo.bpm, clip.caption)
    return _utilities_of_file(Path(candidate.image.path), *heard)


@lru_cache(maxsize=_UTILITIES_KEPT)
def _utilities_of_file(
    path: Path, mode: gold.Mode | None, tempo_bpm: float | None, caption: str
) -> dict[Axis, float]:
    truth = gold.truth_heard(mode, tempo_bpm, caption)
    worth = gold.utilities(_pixels(path)[None], [truth])[0]
    return dict(zip(AXES, worth.tolist(), strict=True))


@lru_cache(maxsize=_PICTURES_KEPT)
def _pixels(path: Path) -> npt.NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
