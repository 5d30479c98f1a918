"""The counts of a snapshot as rows of a page, with what changed since its parent."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from annotate_site.datasets.models import Snapshot
from workbench.axes import AXES, AXIS_NAMES, Axis
from workbench.snapshots import SPLITS


class Count(NamedTuple):
    value: int
    change: int | None
    """Against the parent; None without one."""

    @property
    def signed(self) -> str:
        return f"{self.change:+}".replace("-", "−")


class AxisRow(NamedTuple):
    axis: Axis
    name: str
    counts: list[Count]
    """Judgements, ties, cannot tell, then pairs in the order of workbench.snapshots.SPLITS."""

    @property
    def judgements(self) -> Count:
        return self.counts[0]


_COLUMNS = (("judgements",), ("ties",), ("cannot_tell",), *(("pairs", split) for split in SPLITS))


def axis_rows(snapshot: Snapshot) -> list[AxisRow]:
    """One row per axis; none for a snapshot that was not built."""
    if not snapshot.counts:
        return []
    return [
        AxisRow(axis, _(AXIS_NAMES[axis]), [_count(snapshot, axis, *keys) for keys in _COLUMNS])
        for axis in AXES
    ]


def _count(snapshot: Snapshot, axis: Axis, *keys: str) -> Count:
    value = _number(snapshot, axis, *keys)
    if snapshot.parent is None:
        return Count(value, None)
    return Count(value, value - _number(snapshot.parent, axis, *keys))


def _number(snapshot: Snapshot, axis: Axis, *keys: str) -> int:
    found = snapshot.counts["axes"][axis]
    for key in keys:
        found = found[key]
    return int(found)
