from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from miniature.annotators import SimulatedAnnotator, cohort

PLAIN = SimulatedAnnotator(
    name="plain",
    character="careful",
    temperature={"emo": 0.5, "con": 1.0, "cre": 2.0},
    left_bias=0.0,
    tie_threshold=0.0,
    lapse_rate=0.0,
    cannot_tell_rate=0.0,
)
N = 4_000


def shares(person, left, right, axis="emo"):
    rng = np.random.default_rng(0)
    counts = Counter(person.judge(axis, left, right, rng) for _ in range(N))
    return {verdict: count / N for verdict, count in counts.items()}


def test_plain_annotator_follows_bradley_terry():
    # 1 / (1 + exp(-(0.5 - 0) / 0.5)) = 0.731, and with temperature 2: 0.562.
    assert shares(PLAIN, 0.5, 0.0)["left"] == pytest.approx(0.731, abs=0.02)
    assert shares(PLAIN, 0.5, 0.0, axis="cre")["left"] == pytest.approx(0.562, abs=0.02)


def test_left_bias_is_measurable_between_equals():
    person = replace(PLAIN, left_bias=0.8)

    # 1 / (1 + exp(-0.8)) = 0.690
    assert shares(person, 1.0, 1.0)["left"] == pytest.approx(0.690, abs=0.02)


def test_tie_threshold_gives_ties_between_equals_only():
    person = replace(PLAIN, tie_threshold=0.5)

    # 2 / (1 + exp(-0.5)) - 1 = 0.245
    assert shares(person, 1.0, 1.0)["tie"] == pytest.approx(0.245, abs=0.02)
    assert shares(person, 5.0, 1.0).get("tie", 0.0) < 0.01


def test_lapses_answer_at_random():
    person = replace(PLAIN, lapse_rate=1.0)

    assert shares(person, 9.0, 0.0)["left"] == pytest.approx(0.5, abs=0.02)


def test_adversary_turns_answers_round():
    person = replace(PLAIN, character="adversary")

    assert shares(person, 0.5, 0.0)["right"] == pytest.approx(0.731, abs=0.02)


def test_cannot_tell_comes_at_its_rate_and_when_there_is_nothing_to_tell():
    person = replace(PLAIN, cannot_tell_rate=0.2)

    assert shares(person, 1.0, 0.0)["cannot_tell"] == pytest.approx(0.2, abs=0.02)
    assert shares(PLAIN, 0.0, 0.0) == {"cannot_tell": 1.0}


def test_judge_is_decided_by_its_generator():
    answers = [
        [PLAIN.judge("emo", 0.1, 0.0, rng) for _ in range(20)]
        for rng in (np.random.default_rng(5), np.random.default_rng(5))
    ]

    assert answers[0] == answers[1]


def test_cohort_is_the_same_for_the_same_seed_and_mixes_characters():
    people = cohort(14, seed=1)

    assert people == cohort(14, seed=1)
    assert people != cohort(14, seed=2)
    assert len({person.name for person in people}) == 14
    assert Counter(person.character for person in people) == {
        "careful": 11,
        "careless": 2,
        "adversary": 1,
    }


def test_cohort_has_the_careless_and_the_adversaries_that_are_asked_for():
    people = cohort(10, seed=1, careless_share=0.3, adversaries=2)

    assert Counter(person.character for person in people) == {
        "careful": 5,
        "careless": 3,
        "adversary": 2,
    }
    assert cohort(10, seed=1) == cohort(10, seed=1, careless_share=0.15, adversaries=1)
    assert {p.character for p in cohort(10, seed=1, careless_share=0, adversaries=0)} == {"careful"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"careless_share": -0.1}, "the careless share lies in"),
        ({"careless_share": 1.5}, "the careless share lies in"),
        ({"careless_share": float("nan")}, "the careless share lies in"),
        ({"adversaries": -1}, "do not fit 10 annotators"),
        ({"careless_share": 0.8, "adversaries": 3}, "8 careless people and 3 adversaries"),
    ],
)
def test_cohort_refuses_people_that_do_not_add_up(changes, problem):
    with pytest.raises(ValueError, match=problem):
        cohort(10, seed=0, **changes)


def test_cohort_of_one_is_careful():
    assert [person.character for person in cohort(1, seed=0)] == ["careful"]


def test_cohort_refuses_to_be_empty():
    with pytest.raises(ValueError, match="at least one"):
        cohort(0, seed=0)


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": {"emo": 0.0, "con": 1.0, "cre": 1.0}},
        {"temperature": {"emo": 1.0}},
        {"tie_threshold": -0.1},
        {"lapse_rate": 1.1},
        {"cannot_tell_rate": float("nan")},
    ],
)
def test_annotator_refuses_impossible_parameters(change):
    with pytest.raises(ValueError, match=r"temperature|threshold|rate"):
        replace(PLAIN, **change)
