from __future__ import annotations

from dataclasses import replace

import pytest

from rlhf._disagreements import strongest
from rlhf._rewards import Showing
from rlhf.preferences import Preference
from workbench.files import read_json


def _pair(name: str, label: float, n_votes: int = 3) -> Preference:
    return Preference(name, "clip", f"{name}-a", f"{name}-b", label, n_votes, 1.0, "orig/pos")


def _rewards(**margins: float) -> dict[Showing, float]:
    sides = {f"{name}-a": margin for name, margin in margins.items()}
    sides |= {f"{name}-b": 0.0 for name in margins}
    return {Showing("clip", image): reward for image, reward in sides.items()}


def _held_out(preferences, *pairs: Preference):
    return replace(preferences, pairs={"train": [], "validation": [], "test": list(pairs)})


def test_the_widest_gaps_come_first_and_more_votes_before_fewer(preferences):
    pairs = (_pair("mild", 1.0), _pair("few", 1.0, 2), _pair("wide", 1.0), _pair("many", 1.0, 5))
    rewards = _rewards(mild=-0.5, few=-1.0, wide=-3.0, many=-1.0)
    found = strongest(rewards, _held_out(preferences, *pairs), 1.0, 10)
    assert [each.comparison_id for each in found] == ["wide", "many", "few", "mild"]
    assert found[0]._asdict() == {
        "comparison_id": "wide",
        "clip_id": "clip",
        "kind": "orig/pos",
        "split": "test",
        "chosen": "wide-a",
        "rejected": "wide-b",
        "n_votes": 3,
        "voted": 1.0,
        "predicted": pytest.approx(1 / (1 + 2.718281828**3), abs=1e-4),
    }


def test_agreement_and_even_votes_are_no_disagreement(preferences):
    pairs = (_pair("agrees", 1.0), _pair("even", 0.5), _pair("indifferent", 1.0))
    rewards = _rewards(agrees=0.1, even=-4.0, indifferent=0.0)
    assert strongest(rewards, _held_out(preferences, *pairs), 1.0, 10) == []


def test_only_as_many_as_asked_for_are_kept_and_temperature_softens(preferences):
    pairs = [_pair(f"p{number}", 1.0) for number in range(4)]
    rewards = _rewards(p0=-1.0, p1=-2.0, p2=-3.0, p3=-4.0)
    found = strongest(rewards, _held_out(preferences, *pairs), 4.0, 2)
    assert [each.predicted for each in found] == [0.2689, 0.3208]


def test_a_run_tells_them_of_pairs_that_it_did_not_learn_from(reward_run, preferences):
    found = read_json(reward_run / "disagreements.json")["disagreements"]
    held_out = {
        pair.comparison_id: pair
        for split in ("validation", "test")
        for pair in preferences.pairs[split]
    }
    assert {each["comparison_id"] for each in found} <= held_out.keys()
    assert found
    assert all(each["predicted"] < 0.5 < each["voted"] for each in found)
    gaps = [each["voted"] - each["predicted"] for each in found]
    assert gaps == sorted(gaps, reverse=True)
