import numpy as np
import pytest

from evaluation.reliability import Reliability, estimate_reliability
from miniature.annotators import cohort
from tests.factories.votes import a_vote
from workbench.axes import AXES
from workbench.errors import BadInput


def vote(comparison, annotator, choice, axis="emo"):
    return a_vote(comparison_id=comparison, annotator=annotator, choice=choice, axis=axis)


def coins(accuracies, n_items, seed=0):
    """Votes of people who name the better picture, image 0, as often as told."""
    rng = np.random.default_rng(seed)
    return [
        vote(f"c{item}", name, "0" if rng.random() < accuracy else "1")
        for item in range(n_items)
        for name, accuracy in accuracies.items()
    ]


def test_known_accuracies_are_recovered():
    known = {"ann": 0.95, "ben": 0.85, "cid": 0.7, "dot": 0.5, "eve": 0.2}

    found = estimate_reliability(coins(known, 2_000))

    assert {name: one.accuracy for name, one in found.items()} == pytest.approx(known, abs=0.03)
    assert {one.answers for one in found.values()} == {2_000}


def test_weights_follow_accuracy_and_leave_adversaries_out():
    found = estimate_reliability(coins({"a": 0.9, "b": 0.7, "c": 0.9, "d": 0.2}, 4_000))

    # 2 p - 1: 0.8, 0.4, 0.8 and none, so the first counts twice as much as the second.
    assert found["a"].weight / found["b"].weight == pytest.approx(2.0, abs=0.2)
    assert found["d"].weight == 0.0
    assert np.mean([one.weight for one in found.values()]) == pytest.approx(1.0)


def test_two_who_agree_and_one_who_never_does_by_hand():
    choices = {"x": "0", "y": "0", "z": "1"}
    votes = [vote(f"c{item}", name, choices[name]) for item in range(10) for name in choices]

    found = estimate_reliability(votes)

    # z is the mirror image of x and y, so each item has the odds (p / (1 - p))^3 for image 0, and
    # p = (1 + 10 belief) / 12. From p = 11/12: belief 1 / (1 + 11^-3) = 0.99925, p = 0.91604;
    # once more: odds 10.910^3 = 1298.7, belief 0.99923, p = 0.91603.
    assert found["x"].accuracy == found["y"].accuracy == pytest.approx(0.91603, abs=1e-5)
    assert found["z"].accuracy == pytest.approx(1 - 0.91603, abs=1e-5)
    assert [found[name].weight for name in "xyz"] == pytest.approx([1.5, 1.5, 0.0])


def test_which_picture_comes_first_does_not_matter():
    votes = coins({"a": 0.9, "b": 0.8, "c": 0.6}, 200)
    turned = [
        one._replace(choice="1" if one.choice == "0" else "0") if int(one.comparison_id[1:]) % 2
        else one
        for one in votes
    ]  # fmt: skip

    first, second = estimate_reliability(votes), estimate_reliability(turned)

    for name in first:
        assert first[name].accuracy == pytest.approx(second[name].accuracy, abs=1e-9)


def test_ties_and_cannot_tell_count_for_nothing():
    votes = coins({"a": 0.9, "b": 0.8, "c": 0.7}, 50)
    silent = [vote("c0", "d", "tie"), vote("c1", "d", "cannot_tell")]

    found = estimate_reliability([*votes, *silent])

    assert found.pop("d") == Reliability(0.5, 0.0, 0)
    assert found == estimate_reliability(votes)


def test_axes_of_one_comparison_are_judged_apart():
    # Everybody agrees on each axis, though the axes disagree.
    votes = [
        vote(f"c{item}", name, "0" if axis == "emo" else "1", axis)
        for item in range(30)
        for name in ("a", "b", "c")
        for axis in AXES
    ]

    assert min(one.accuracy for one in estimate_reliability(votes).values()) > 0.95


def test_careless_people_and_the_adversary_are_found_among_simulated_ones():
    people = cohort(12, seed=3, careless_share=0.25, adversaries=1)
    rng = np.random.default_rng(0)
    votes = []
    for item in range(1_500):
        better, worse = sorted(rng.normal(0, 1, 2), reverse=True)
        for number in rng.choice(len(people), 3, replace=False):
            verdict = people[number].judge("emo", better, worse, rng)
            choice = {"left": "0", "right": "1"}.get(verdict, verdict)
            votes.append(vote(f"c{item}", people[number].name, choice))

    found = estimate_reliability(votes)

    by_character = {
        character: [found[p.name] for p in people if p.character == character]
        for character in ("careful", "careless", "adversary")
    }
    careful = min(one.weight for one in by_character["careful"])
    assert max(one.weight for one in by_character["careless"]) < careful
    assert [one.weight for one in by_character["adversary"]] == [0.0]


@pytest.mark.parametrize("votes", [[], [vote("c", "a", "tie")]])
def test_votes_that_name_no_picture_are_refused(votes):
    with pytest.raises(BadInput, match="no vote names a better picture"):
        estimate_reliability(votes)


def test_people_who_never_agree_are_refused():
    votes = [vote(f"c{item}", name, choice) for item in range(9) for name, choice in ("a0", "b1")]

    with pytest.raises(BadInput, match="none of the 2 annotators agrees"):
        estimate_reliability(votes)
