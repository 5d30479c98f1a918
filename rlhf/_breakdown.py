"""Where a reward model is right: accuracy by kind of comparison, source, painter and margin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rlhf._intervals import Accuracy, Resampling, accuracy_of
from rlhf._preference_loss import FloatArray
from rlhf.preferences import Preference
from workbench.axes import Axis
from workbench.snapshots import Snapshot

_KINDS = ("orig/pos", "orig/neg", "pos/neg")
_ORDER = (*_KINDS, "other", "unanimous", "clear", "narrow", "even", "one vote")
_CLEAR = 0.75
_CERTAIN = 1e-6


Groups = dict[str, Accuracy]


@dataclass(frozen=True)
class Breakdown:
    """The test pairs in groups, by name; a group without pairs is left out."""

    by_kind: Groups
    """What the two pictures are to the clip: orig/pos, orig/neg, pos/neg or other."""
    by_source: Groups
    """Who voted: people, simulated or both."""
    by_painter: Groups
    """Painter and generation of the two pictures."""
    by_margin: Groups
    """How the votes fell: see `margin_of`."""


def broken_down(
    pairs: Sequence[Preference],
    points: FloatArray,
    snapshot: Snapshot,
    axis: Axis,
    resampling: Resampling,
) -> Breakdown:
    """Group `pairs` and their `points` (b,) in [0, 1]."""

    def grouped(names: Iterable[str]) -> Groups:
        return _groups(names, pairs, points, resampling)

    voters = sources_of(snapshot.judgements().to_pylist(), axis)
    painters = painters_of(snapshot.images().to_pylist())
    return Breakdown(
        by_kind=grouped(pair.kind if pair.kind in _KINDS else "other" for pair in pairs),
        by_source=grouped(voters.get(pair.comparison_id, "unknown") for pair in pairs),
        by_painter=grouped(_painters(pair, painters) for pair in pairs),
        by_margin=grouped(margin_of(pair) for pair in pairs),
    )


def margin_of(pair: Preference) -> str:
    """How the votes on a pair fell.

    one vote; unanimous; clear: at least three quarters for one picture; narrow: less; even: a tie.
    """
    if pair.n_votes == 1:
        return "one vote"
    if pair.label >= 1 - _CERTAIN:
        return "unanimous"
    if pair.label >= _CLEAR - _CERTAIN:
        return "clear"
    return "narrow" if pair.label > 0.5 + _CERTAIN else "even"


def sources_of(judgements: Iterable[dict[str, Any]], axis: Axis) -> dict[str, str]:
    """By comparison: whether people, simulated annotators or both cast the votes that count."""
    found: dict[str, set[bool]] = defaultdict(set)
    for row in judgements:
        if row["axis"] == axis and row["choice"] != "cannot_tell" and row["annotator_weight"] > 0:
            found[row["comparison_id"]].add(bool(row["is_simulated"]))
    names = {frozenset({True}): "simulated", frozenset({False}): "people"}
    return {name: names.get(frozenset(kinds), "both") for name, kinds in found.items()}


def painters_of(images: Iterable[dict[str, Any]]) -> dict[str, str]:
    """By picture: its painter and generation, as far as the snapshot knows them."""
    return {
        row["image_id"]: f"{row['painter'] or 'unnamed'} (generation {row['generation']})"
        for row in images
    }


def _painters(pair: Preference, painters: Mapping[str, str]) -> str:
    names = {painters.get(name, "unknown") for name in (pair.chosen, pair.rejected)}
    return " and ".join(sorted(names))


def _groups(
    names: Iterable[str],
    pairs: Sequence[Preference],
    points: FloatArray,
    resampling: Resampling,
) -> Groups:
    members: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(names):
        members[name].append(row)
    return {
        name: accuracy_of(
            points[np.array(members[name])],
            [pairs[row].clip_id for row in members[name]],
            resampling,
        )
        for name in sorted(members, key=_place)
    }


def _place(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)
