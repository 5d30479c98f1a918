from __future__ import annotations

import pytest

from annotate_site.annotation.models import Project
from annotate_site.quality.measures.answers import PersonCounts
from annotate_site.quality.measures.known import Hits
from annotate_site.quality.measures.people import (
    Reliability,
    person_figures,
    reasons_to_look,
)

COUNTS = PersonCounts(
    answers=100,
    comparisons=34,
    lefts=46,
    rights=44,
    ties=8,
    cannot_tell=2,
    median_ms=6000,
    fast=5,
    timed=100,
)


def reasons(*, accuracy=0.85, compared=90, gold=None, repeats=None, **counts):
    reliability = Reliability(accuracy, compared)
    figures = person_figures(COUNTS._replace(**counts), reliability, gold, repeats)
    return reasons_to_look(figures, Project(gold_window=10, gold_least=0.7))


def test_nothing_stands_out_of_ordinary_answers() -> None:
    assert reasons(gold=Hits(20, 18), repeats=Hits(12, 9)) == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (
            {"accuracy": 0.51},
            "agrees with the others hardly more often than a coin would (51 %)",
        ),
        (
            {"lefts": 70, "rights": 20},
            "takes the left side in 78 % of the answers, more than chance allows",
        ),
        (
            {"lefts": 20, "rights": 70},
            "takes the right side in 78 % of the answers, more than chance allows",
        ),
        ({"fast": 60}, "gives 60 % of the answers within 3 seconds"),
        ({"gold": Hits(10, 6)}, "answers 6 of 10 known questions rightly"),
        ({"repeats": Hits(12, 5)}, "answers only 5 of 12 repeated questions alike"),
    ],
)
def test_each_reason_is_told_in_words(values, reason) -> None:
    assert reasons(**values) == [reason]


@pytest.mark.parametrize(
    "values",
    [
        {"accuracy": 0.3, "compared": 29},
        {"lefts": 9, "rights": 0},
        {"fast": 19, "timed": 19},
        {"gold": Hits(9, 0)},
        {"gold": Hits(10, 7)},
        {"repeats": Hits(9, 0)},
        {"lefts": 0, "rights": 0},
    ],
)
def test_few_answers_are_no_reason(values) -> None:
    assert reasons(**values) == []


def test_figures_of_nobody_are_unknown_and_not_zero() -> None:
    figures = person_figures(PersonCounts(0, 0, 0, 0, 0, 0, None, 0, 0), None, None, None)
    assert figures.left_rate is figures.gold is figures.consistency is None
    assert figures.fast_share is figures.median_s is figures.accuracy is None
    assert figures.side_p == 1.0
