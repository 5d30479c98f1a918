from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rlhf._breakdown import broken_down, margin_of, painters_of, sources_of
from rlhf._intervals import Resampling
from rlhf.preferences import Preference


class _Tables:
    """The two tables of a snapshot that a breakdown reads."""

    def __init__(self, judgements: list[dict[str, Any]], images: list[dict[str, Any]]) -> None:
        self._judgements, self._images = judgements, images

    def judgements(self) -> pa.Table:
        return pa.Table.from_pylist(self._judgements)

    def images(self) -> pa.Table:
        return pa.Table.from_pylist(self._images)


def _pair(name: str, clip: str, kind: str, label: float = 1.0, votes: int = 3) -> Preference:
    return Preference(name, clip, f"{clip}-a", f"{clip}-b", label, votes, 1.0, kind)


def _vote(name: str, *, simulated: bool, **changes: Any) -> dict[str, Any]:
    vote = {
        "comparison_id": name,
        "axis": "emo",
        "choice": "0",
        "annotator_weight": 1.0,
        "is_simulated": simulated,
    }
    return vote | changes


def _image(name: str, painter: str, generation: int) -> dict[str, Any]:
    return {"image_id": name, "painter": painter, "generation": generation}


def test_breakdown_of_a_hand_made_snapshot():
    pairs = [
        _pair("x", "c1", "orig/pos"),
        _pair("y", "c1", "orig/neg", label=0.8),
        _pair("z", "c2", "", label=2 / 3),
        _pair("w", "c2", "orig/pos", label=0.5),
    ]
    judgements = [
        _vote("x", simulated=False),
        _vote("y", simulated=True),
        _vote("z", simulated=True),
        _vote("z", simulated=False),
        _vote("w", simulated=True),
    ]
    images = [
        _image("c1-a", "mini", 0), _image("c1-b", "mini", 0),
        _image("c2-a", "mini+emo", 1), _image("c2-b", "mini", 0),
    ]  # fmt: skip
    points = np.array([1.0, 0.0, 0.5, 1.0])
    found = broken_down(pairs, points, _Tables(judgements, images), "emo", Resampling(20, 0))

    def told(groups: dict[str, Any]) -> dict[str, tuple[int, int, float]]:
        return {name: (one.n, one.n_clips, one.accuracy) for name, one in groups.items()}

    assert told(found.by_kind) == {
        "orig/pos": (2, 2, 1.0), "orig/neg": (1, 1, 0.0), "other": (1, 1, 0.5),
    }  # fmt: skip
    assert list(found.by_kind) == ["orig/pos", "orig/neg", "other"]
    assert told(found.by_source) == {
        "people": (1, 1, 1.0), "simulated": (2, 2, 0.5), "both": (1, 1, 0.5),
    }  # fmt: skip
    assert told(found.by_painter) == {
        "mini (generation 0)": (2, 1, 0.5),
        "mini (generation 0) and mini+emo (generation 1)": (2, 1, 0.75),
    }
    assert told(found.by_margin) == {
        "unanimous": (1, 1, 1.0), "clear": (1, 1, 0.0), "narrow": (1, 1, 0.5),
        "even": (1, 1, 1.0),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("label", "votes", "name"),
    [(1.0, 3, "unanimous"), (0.75, 4, "clear"), (2 / 3, 3, "narrow"), (0.5, 2, "even"),
     (1.0, 1, "one vote")],
)  # fmt: skip
def test_margin_is_named_after_the_votes(label: float, votes: int, name: str):
    assert margin_of(_pair("x", "c", "", label, votes)) == name


def test_sources_ignore_votes_that_do_not_count():
    votes = [
        _vote("x", simulated=False),
        _vote("x", simulated=True, choice="cannot_tell"),
        _vote("x", simulated=True, annotator_weight=0.0),
        _vote("x", simulated=True, axis="con"),
    ]
    assert sources_of(votes, "emo") == {"x": "people"}


def test_painters_of_pictures_without_one_are_unnamed():
    assert painters_of([_image("i", "", 0)]) == {"i": "unnamed (generation 0)"}
