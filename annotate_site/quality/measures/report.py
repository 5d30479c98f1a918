"""All figures of quality at one moment. They are kept: they take longer than a page may.

With 100,000 answers a report takes about half a second; a page shows the newest one with its time
and measures anew when it is older than a few minutes.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction

from annotate_site.accounts.models import Person
from annotate_site.quality.measures import answers, known
from annotate_site.quality.measures.people import (
    FAST_MS,
    PersonFigures,
    Reliability,
    person_figures,
)
from annotate_site.quality.models import Report
from annotate_site.quality.selectors.disagreements import count_disagreements
from workbench.agreement import alpha_interval, nominal_agreement
from workbench.axes import AXES, Axis
from workbench.dawid_skene import Answers, accuracies

FRESH_FOR = timedelta(minutes=5)
RESAMPLES = 1000
_SEED = 0
_LOCK = 0x4D507175  # Any number that no other advisory lock of the site has.


@dataclass(frozen=True)
class AxisFigures:
    """What the answers on one axis say about the axis."""

    answers: int
    ties: int
    cannot_tell: int
    comparisons: int
    annotators: int
    median_ms: float | None
    paired: int
    """Comparisons with two votes or more."""
    observed: float | None
    """Share of equal pairs of votes."""
    alpha: float | None
    low: float | None
    high: float | None
    """95 % interval of alpha, by a bootstrap over comparisons."""
    unclear: float | None
    """Share of the paired comparisons whose votes are not clear 2 to 1."""

    @property
    def tie_rate(self) -> float:
        return self.ties / self.answers if self.answers else 0.0

    @property
    def cannot_tell_rate(self) -> float:
        return self.cannot_tell / self.answers if self.answers else 0.0


@dataclass(frozen=True)
class Figures:
    axes: dict[Axis, AxisFigures]
    people: dict[int, PersonFigures]
    """By the id of the annotator; only those who answered something."""
    disagreements: int
    """How many wait for a verdict."""

    @property
    def unclear(self) -> float | None:
        """Of the axis with the least clear votes: a comparison is extended for any of them."""
        shares = [row.unclear for row in self.axes.values() if row.unclear is not None]
        return max(shares, default=None)


@dataclass(frozen=True)
class QualityReport:
    figures: Figures
    as_of: datetime
    took_ms: int


def quality_report(*, include_simulated: bool, now: datetime, anew: bool = False) -> QualityReport:
    """The kept report, measured again when there is none, when it is old, or when `anew`.

    While another process measures, the old report serves: nobody measures twice at a time.
    """
    kept = Report.objects.filter(include_simulated=include_simulated).first()
    if kept is not None and not anew and now - kept.as_of < FRESH_FOR:
        return _unpacked(kept)
    with transaction.atomic():
        if not _lock(must_wait=kept is None) and kept is not None:
            return _unpacked(kept)
        return _unpacked(_measured(include_simulated, now))


def _lock(*, must_wait: bool) -> bool:
    with connection.cursor() as cursor:
        if must_wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _measured(include_simulated: bool, now: datetime) -> Report:
    begun = time.perf_counter()
    figures = measure(include_simulated=include_simulated)
    content = {
        "axes": {axis: asdict(row) for axis, row in figures.axes.items()},
        "people": {str(person): row.as_json() for person, row in figures.people.items()},
        "disagreements": figures.disagreements,
    }
    took_ms = round(1000 * (time.perf_counter() - begun))
    report, _ = Report.objects.update_or_create(
        include_simulated=include_simulated,
        defaults={"as_of": now, "took_ms": took_ms, "figures": content},
    )
    return report


def _unpacked(report: Report) -> QualityReport:
    content: dict[str, Any] = report.figures
    figures = Figures(
        axes={axis: AxisFigures(**content["axes"][axis]) for axis in AXES},
        people={int(key): PersonFigures(**row) for key, row in content["people"].items()},
        disagreements=content["disagreements"],
    )
    return QualityReport(figures, report.as_of, report.took_ms)


def measure(*, include_simulated: bool) -> Figures:
    """All figures from the tables as they are."""
    return Figures(
        _axes(include_simulated),
        _people(include_simulated),
        count_disagreements(include_simulated=include_simulated),
    )


def _axes(include_simulated: bool) -> dict[Axis, AxisFigures]:
    counts = answers.axis_counts(include_simulated=include_simulated)
    ballots = answers.ballots_by_axis(include_simulated=include_simulated)
    nothing = answers.AxisCounts(0, 0, 0, 0, 0, None)
    return {axis: _axis(counts.get(axis, nothing), ballots.get(axis)) for axis in AXES}


def _axis(counts: answers.AxisCounts, ballots: answers.Ballots | None) -> AxisFigures:
    found = ballots and nominal_agreement(*ballots)
    interval = ballots and alpha_interval(*ballots, resamples=RESAMPLES, seed=_SEED)
    return AxisFigures(
        **counts._asdict(),
        paired=found.units if found else 0,
        observed=found.observed if found else None,
        alpha=found.alpha if found else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        unclear=ballots and unclear_share(ballots),
    )


def unclear_share(ballots: answers.Ballots) -> float | None:
    """Share not clear 2 to 1, among comparisons with two votes or more."""
    votes = ballots.counts.sum(axis=1)
    is_paired = votes >= 2
    if not is_paired.any():
        return None
    most = ballots.counts.max(axis=1)
    is_unclear = most < 2 * (votes - most)
    return float((ballots.times * is_unclear)[is_paired].sum() / ballots.times[is_paired].sum())


def _people(include_simulated: bool) -> dict[int, PersonFigures]:
    counts = answers.people_counts(include_simulated=include_simulated, fast_ms=FAST_MS)
    reliability = _reliability(include_simulated)
    gold, repeats = known.gold_hits(), known.repeat_hits()
    return {
        person: person_figures(row, reliability.get(person), gold.get(person), repeats.get(person))
        for person, row in counts.items()
    }


def _reliability(include_simulated: bool) -> dict[int, Reliability]:
    """One-coin Dawid-Skene over all axes. People of weight 0 are measured, and decide nothing."""
    votes = answers.decided_votes(include_simulated=include_simulated)
    votes = votes[np.bincount(votes[:, 0])[votes[:, 0]] >= 2]
    ids, numbers = np.unique(votes[:, 1], return_inverse=True)
    excluded = set(Person.objects.filter(weight=0).values_list("pk", flat=True))
    is_heard = np.array([person not in excluded for person in ids.tolist()], dtype=bool)
    estimated = accuracies(
        Answers(votes[:, 0], numbers, votes[:, 2].astype(np.float64)), len(ids), is_heard
    )
    rows = zip(estimated.tolist(), np.bincount(numbers).tolist(), strict=True)
    return dict(zip(ids.tolist(), [Reliability(*row) for row in rows], strict=True))
