"""When the work under way will be finished, and what it will cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from django.db.models import Count, Q

from annotate_site.annotation.models import Lease, Project, Purpose, Slot
from annotate_site.annotation.services.extension import STEP
from workbench.axes import AXES, Axis

DAYS = 14
"""How far back the pace is taken from."""
_RESAMPLES = 2000
_RANGE = (0.1, 0.9)
_MOST_DAYS = 3650  # A pace that would take longer says nothing.


class AxisWork(NamedTuple):
    axis: Axis
    done: int
    """Places that are filled, and those that are not."""
    left: int

    @property
    def share(self) -> float:
        return self.done / (self.done + self.left) if self.done + self.left else 0.0


@dataclass(frozen=True)
class Pace:
    """Comparisons completed a day: mean, and the range in which the mean lies 8 times in 10."""

    days: list[int]
    """Counts of the last days, the oldest first."""
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    axes: list[AxisWork]
    done: int
    left: int
    """Open places: comparisons still to be judged, each by one person."""
    pace: Pace | None
    """None when nobody has completed anything in the last days."""
    finish: datetime | None
    earliest: datetime | None
    latest: datetime | None
    spent: Decimal
    cost_left: Decimal
    unclear: float | None
    """Share of comparisons whose votes are not clear on some axis; None before there are votes."""
    extra: int
    """Places that extension will probably add for the comparisons under way."""
    most_extra: int
    """Places that it adds at most."""
    extra_cost: Decimal


def forecast(*, project: Project, now: datetime, unclear: float | None) -> Forecast:
    """From the places as they are, the pace of the last days, and the share of unclear votes."""
    places = Slot.objects.aggregate(
        done=Count("pk", filter=Q(done_at__isnull=False)), left=Count("pk", filter=_OPEN)
    )
    pace = _pace(_days(now))
    under_way = Slot.objects.filter(_OPEN).aggregate(n=Count("comparison", distinct=True))["n"]
    rounds = _rounds(project)
    extra = round(under_way * _expected_extra(unclear or 0.0, rounds))
    left, pay = places["left"], Decimal(project.pay_per_comparison)
    return Forecast(
        axes=_axes(),
        done=places["done"],
        left=left,
        pace=pace,
        finish=_finish(now, left, pace.mean if pace else None),
        earliest=_finish(now, left, pace.high if pace else None),
        latest=_finish(now, left, pace.low if pace else None),
        spent=places["done"] * pay,
        cost_left=left * pay,
        unclear=unclear,
        extra=extra,
        most_extra=under_way * rounds * STEP,
        extra_cost=extra * pay,
    )


_OPEN = Q(done_at__isnull=True, comparison__is_open=True)


def _axes() -> list[AxisWork]:
    counts = Slot.objects.aggregate(
        **{
            f"done_{axis}": Count("pk", filter=Q(done_at__isnull=False, axes__contains=[axis]))
            for axis in AXES
        },
        **{f"left_{axis}": Count("pk", filter=_OPEN & Q(axes__contains=[axis])) for axis in AXES},
    )
    return [AxisWork(axis, counts[f"done_{axis}"], counts[f"left_{axis}"]) for axis in AXES]


def _days(now: datetime) -> list[int]:
    """Completed work in each of the last DAYS times 24 hours, the oldest first."""
    leases = Lease.objects.filter(
        purpose=Purpose.WORK, completed_at__gt=now - timedelta(days=DAYS), completed_at__lte=now
    )
    counts = leases.aggregate(
        **{
            str(ago): Count(
                "pk",
                filter=Q(
                    completed_at__gt=now - timedelta(days=ago + 1),
                    completed_at__lte=now - timedelta(days=ago),
                ),
            )
            for ago in range(DAYS)
        }
    )
    return [counts[str(ago)] for ago in reversed(range(DAYS))]


def _pace(days: list[int]) -> Pace | None:
    """Days before the first completed comparison do not count. Bootstrap over days, seeded."""
    if not any(days):
        return None
    counted = np.array(days[next(i for i, n in enumerate(days) if n) :], dtype=np.float64)
    rng = np.random.default_rng(0)
    means = rng.choice(counted, size=(_RESAMPLES, len(counted))).mean(axis=1)
    low, high = np.quantile(means, _RANGE)
    return Pace(days, float(counted.mean()), float(low), float(high))


def _finish(now: datetime, left: int, per_day: float | None) -> datetime | None:
    if not left:
        return now
    if not per_day or left / per_day > _MOST_DAYS:
        return None
    return now + timedelta(days=left / per_day)


def _rounds(project: Project) -> int:
    """How often extension can add places to one comparison."""
    overlap = max(project.overlap_emo, project.overlap_con, project.overlap_cre)
    if not project.extends:
        return 0
    return max(0, math.ceil((project.most_overlap - overlap) / STEP))


def _expected_extra(unclear: float, rounds: int) -> float:
    """Places per comparison, when each round leaves the same share unclear as the first."""
    return float(sum(STEP * unclear**number for number in range(1, rounds + 1)))
