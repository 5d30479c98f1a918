from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from miniature import gold
from miniature.annotators import SimulatedAnnotator
from miniature.testbed.comparisons import Comparison
from miniature.testbed.votes import (
    Truth,
    cast_votes,
    choice_of,
    read_truth,
    read_votes,
    reliabilities,
    truth_of,
    weighted,
    write_truth,
    write_votes,
)
from workbench.axes import AXES
from workbench.errors import BadInput

N = 60
COMPARISONS = [
    Comparison(f"c{row:03d}", "orig/neg", "clip", "good", f"bad{row}") for row in range(N)
]
TRUTH = Truth(
    {("clip", "good"): np.array([9.0, 9.0, -9.0])}
    | {("clip", f"bad{row}"): np.zeros(3) for row in range(N)}
)


def people(count: int, **changes) -> list[SimulatedAnnotator]:
    plain = {
        "character": "careful",
        "temperature": dict.fromkeys(AXES, 0.1),
        "left_bias": 0.0,
        "tie_threshold": 0.0,
        "lapse_rate": 0.0,
        "cannot_tell_rate": 0.0,
    }
    return [SimulatedAnnotator(name=f"p{row}", **(plain | changes)) for row in range(count)]


def votes(crowd, per_comparison=3, seed=0):
    return cast_votes(COMPARISONS, TRUTH, crowd, votes_per_comparison=per_comparison, seed=seed)


def test_every_comparison_is_judged_by_different_people_on_every_axis():
    cast = votes(people(7))

    assert len(cast) == N * 3 * 3
    for comparison in COMPARISONS:
        own = [vote for vote in cast if vote.comparison_id == comparison.comparison_id]
        assert len({vote.annotator for vote in own}) == 3
        assert Counter(vote.axis for vote in own) == dict.fromkeys(AXES, 3)
    assert len({vote.judgement_id for vote in cast}) == len(cast)


def test_people_are_about_equally_busy():
    busy = Counter(vote.annotator for vote in votes(people(7)))

    assert max(busy.values()) - min(busy.values()) <= 3 * len(AXES)


def test_sides_are_undone_and_both_occur():
    cast = votes(people(5))

    # The good picture is image 0 and wins on emo and con, wherever it lay; it loses on cre.
    assert {vote.choice for vote in cast if vote.axis != "cre"} == {"0"}
    assert {vote.choice for vote in cast if vote.axis == "cre"} == {"1"}
    left = Counter(vote.left_image for vote in cast)
    assert 0.35 < left["0"] / len(cast) < 0.65


def test_left_bias_ends_on_either_image():
    even = Truth({pair: np.ones(3) for pair in TRUTH.utilities})

    cast = cast_votes(COMPARISONS, even, people(4, left_bias=50.0), votes_per_comparison=3, seed=0)

    assert all(vote.choice == vote.left_image for vote in cast)


@pytest.mark.parametrize(
    ("verdict", "choice"),
    [("left", "1"), ("right", "0"), ("tie", "tie"), ("cannot_tell", "cannot_tell")],
)
def test_choice_names_the_image_that_lay_there(verdict, choice):
    assert choice_of(verdict, ("1", "0")) == choice


def test_votes_are_decided_by_the_seed():
    crowd = people(5, tie_threshold=0.3, lapse_rate=0.5)

    assert votes(crowd, seed=1) == votes(crowd, seed=1)
    assert votes(crowd, seed=1) != votes(crowd, seed=2)


def test_votes_survive_their_file(tmp_path):
    cast = votes(people(4))
    write_votes(tmp_path / "votes.parquet", cast)

    assert read_votes(tmp_path / "votes.parquet") == cast


def test_truth_survives_its_file(tmp_path):
    write_truth(tmp_path / "truth.npz", COMPARISONS, TRUTH)

    comparisons, truth = read_truth(tmp_path / "truth.npz")

    assert comparisons == COMPARISONS
    assert truth.margin("cre", "clip", "good", "bad0") == -9.0
    assert truth.margin("con", "clip", "bad0", "good") == -9.0


def test_truth_is_gold_of_each_picture_for_the_comparisons_clip():
    rng = np.random.default_rng(0)
    pictures = {name: rng.integers(0, 255, (64, 64, 3), dtype=np.uint8) for name in "ab"}
    clip = gold.Truth(gold.Mood(0.9, -0.9), {"ocean": 1.0})

    truth = truth_of([Comparison("c", "random", "x", "a", "b")], {"x": clip}, pictures)

    assert set(truth.utilities) == {("x", "a"), ("x", "b")}
    for row, axis in enumerate(AXES):
        expected = gold.utility(axis, pictures["b"], clip)
        assert truth.utilities["x", "b"][row] == pytest.approx(expected)


def test_too_few_people_are_refused():
    with pytest.raises(BadInput, match="3 votes on each comparison need as many people, not 2"):
        votes(people(2))


def test_weights_follow_reliability_unless_everybody_counts_alike():
    crowd = [*people(5), *[one for one in people(7, lapse_rate=1.0) if one.name in ("p5", "p6")]]
    cast = votes(crowd)

    on, off = (reliabilities(cast, are_weighted=flag) for flag in (True, False))

    assert max(on[name].weight for name in ("p5", "p6")) < 0.5 * on["p0"].weight
    assert {one.weight for one in off.values()} == {1.0}
    assert off["p5"].accuracy == on["p5"].accuracy
    assert {(vote.annotator, vote.annotator_weight) for vote in weighted(cast, on)} == {
        (name, one.weight) for name, one in on.items()
    }
