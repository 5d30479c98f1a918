from __future__ import annotations

from typing import Any

from rlhf._human_ceiling import Ceiling, human_ceiling


def _vote(choice: str, **changes: Any) -> dict[str, Any]:
    vote = {
        "comparison_id": "x",
        "clip_id": "c",
        "axis": "emo",
        "choice": choice,
        "annotator_weight": 1.0,
    }
    return vote | changes


def test_ceiling_compares_each_vote_with_the_rest():
    # 0, 0, 1: each 0 meets a rest of one against one (half a point); the 1 meets 0, 0 (none).
    votes = [_vote("0"), _vote("0"), _vote("1")]
    assert human_ceiling(votes, "emo", {"c"}) == Ceiling(1 / 3, 3)


def test_ceiling_weighs_the_rest():
    # The first 0 meets 0 (weight 3) and 1: the rest says 0.
    votes = [_vote("0"), _vote("0", annotator_weight=3.0), _vote("1")]
    assert human_ceiling(votes, "emo", {"c"}) == Ceiling((1 + 0.5 + 0) / 3, 3)


def test_ceiling_ignores_what_does_not_count():
    votes = [
        _vote("0"),
        _vote("cannot_tell"),
        _vote("1", axis="cre"),
        _vote("1", clip_id="elsewhere"),
        _vote("1", annotator_weight=0.0),
    ]
    assert human_ceiling(votes, "emo", {"c"}) == Ceiling(None, 0)
