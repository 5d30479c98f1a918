"""How well one annotator foretells the others: what no reward model need surpass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import numpy as np

from rlhf._preference_loss import Threshold, order_points
from workbench.axes import Axis


class Ceiling(NamedTuple):
    """Mean points of an annotator against the rest, over `n` votes; None without such votes."""

    accuracy: float | None
    n: int


def human_ceiling(
    judgements: Iterable[dict[str, Any]], axis: Axis, clip_ids: Collection[str]
) -> Ceiling:
    """Agreement of each vote with the weighted rest of the votes on the same comparison.

    `judgements`: rows of judgements.parquet. Only comparisons of `clip_ids` with at least two
    annotators who could tell count. Points as in `order_points`.
    """
    ballots: dict[str, list[tuple[float, float]]] = defaultdict(list)
    shares = {"0": 1.0, "tie": 0.5, "1": 0.0}
    for row in judgements:
        told = row["axis"] == axis and row["choice"] in shares and row["annotator_weight"] > 0
        if told and row["clip_id"] in clip_ids:
            ballots[row["comparison_id"]].append((shares[row["choice"]], row["annotator_weight"]))
    own, rest = [], []
    for votes in ballots.values():
        for number, (share, _) in enumerate(votes):
            others = votes[:number] + votes[number + 1 :]
            if others:
                own.append(share)
                rest.append(_mean(others))
    if not own:
        return Ceiling(None, 0)
    points = order_points(np.array(own), np.array(rest), Threshold(0.0))
    return Ceiling(float(points.mean()), len(own))


def _mean(votes: list[tuple[float, float]]) -> float:
    shares, weights = zip(*votes, strict=True)
    return float(np.average(shares, weights=weights))
