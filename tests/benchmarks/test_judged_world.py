from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.judged_world import PEOPLE, open_world, people
from miniature.annotators import cohort
from miniature.testbed.votes import Truth, read_truth
from rlhf.preferences import Preferences
from workbench.axes import AXES
from workbench.errors import BadInput


@pytest.fixture(scope="module")
def world(bed):
    return open_world(bed, "emo", train=60, seed=0)


def _wrong(preferences: Preferences, world) -> float:
    """How far the labels are from what is true, on average."""
    pairs = [pair for pair in preferences.pairs["train"] if pair.label > 0.5]
    margins = [world.truth.margin("emo", p.clip_id, p.chosen, p.rejected) for p in pairs]
    return sum(margin < 0 for margin in margins) / len(pairs)


def test_world_has_what_was_asked_for(world):
    assert len(world.comparisons["train"]) == 60
    clips = {
        split: {one.clip_id for one in world.comparisons[split]} for split in world.comparisons
    }
    assert clips["train"] & clips["test"] == clips["train"] & clips["validation"] == set()
    splits = {name: clip.split for name, clip in world.preferences.clips.items()}
    assert {splits[name] for name in clips["validation"]} == {"validation"}


def test_all_learn_from_the_first_comparisons_and_are_tested_alike(world):
    few, many = world.taught(20, 0.0, "off"), world.taught(60, 0.3, "on")
    names = [[one.comparison_id for one in world.comparisons["train"][:n]] for n in (20, 60)]
    for taught, allowed in zip((few, many), names, strict=True):
        assert {pair.comparison_id for pair in taught.pairs["train"]} <= set(allowed)
    assert len(few.pairs["train"]) > 15
    assert len(few.pairs["validation"]) < len(many.pairs["validation"])
    assert few.pairs["test"] == many.pairs["test"]


def test_truth_is_that_of_the_votes_of_the_bed(world, bed):
    _, known = read_truth(bed / "round-1" / "truth.npz")
    shared = known.utilities.keys() & world.truth.utilities.keys()
    assert len(shared) > 10
    for shown in shared:
        assert world.truth.utilities[shown] == pytest.approx(known.utilities[shown], abs=1e-6)


def test_careless_people_spoil_votes_and_weights_mend_them(world):
    # What the tiny painter paints is worth nothing to anybody, so people would answer by lot.
    rng = np.random.default_rng(0)
    worth = {shown: rng.normal(size=3) for shown in sorted(world.truth.utilities)}
    world = replace(world, truth=Truth(worth))
    careful, spoilt, weighted = (
        _wrong(world.taught(60, share, way), world)
        for share, way in ((0.0, "off"), (0.5, "off"), (0.5, "on"))
    )
    assert careful < weighted < spoilt


def test_careless_people_answer_by_lot_and_the_others_stay_who_they_are():
    before = cohort(PEOPLE, 3, careless_share=0.0, adversaries=0)
    after = people(0.3, 3)
    assert [one.lapse_rate == 1.0 for one in after] == [True] * 6 + [False] * 14
    assert after[6:] == before[6:]
    assert set(after[0].temperature) == set(AXES)


def test_world_refuses_more_than_the_bed_gives(bed):
    with pytest.raises(BadInput, match="ask for fewer"):
        open_world(bed, "emo", train=100_000, seed=0)
