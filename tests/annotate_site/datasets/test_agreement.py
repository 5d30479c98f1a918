from __future__ import annotations

import pytest

from annotate_site.datasets.agreement import agreement_by_axis
from tests.factories.votes import a_vote
from workbench.snapshots import Choice, Vote


def _votes(ballots: list[list[Choice]], weight: float = 1.0) -> list[Vote]:
    return [
        a_vote(
            comparison_id=str(number),
            annotator=str(place),
            annotator_weight=weight,
            choice=choice,
        )
        for number, ballot in enumerate(ballots)
        for place, choice in enumerate(ballot)
    ]


def test_agreement_matches_a_case_worked_out_by_hand() -> None:
    # Three comparisons by two people: 0/0, 1/1, 0/1. Coincidences o_01 = 1 of n = 6 values,
    # D_o = 2/6; totals are three of each, D_e = (3*3 + 3*3) / (6*5) = 18/30; alpha = 1 - 5/9.
    agreement = agreement_by_axis(_votes([["0", "0"], ["1", "1"], ["0", "1"]]))["emo"]
    assert agreement is not None
    assert agreement["comparisons"] == 3
    assert agreement["observed"] == pytest.approx(2 / 3)
    assert agreement["alpha"] == pytest.approx(4 / 9)


def test_agreement_weighs_comparisons_with_more_votes() -> None:
    # 0,0,1 and 1,1: D_o = (4/2 + 0) / 5 = 0.4; D_e = (25 - 4 - 9) / 20 = 0.6; alpha = 1/3.
    agreement = agreement_by_axis(_votes([["0", "0", "1"], ["1", "1"]]))["emo"]
    assert agreement is not None
    assert agreement["observed"] == pytest.approx(0.5)
    assert agreement["alpha"] == pytest.approx(1 / 3)


def test_agreement_is_unknown_without_two_votes_on_one_comparison() -> None:
    assert agreement_by_axis(_votes([["0"], ["1", "cannot_tell"]]))["emo"] is None
    assert agreement_by_axis(_votes([["0", "1"]], weight=0))["emo"] is None
    assert agreement_by_axis([]) == {"emo": None, "con": None, "cre": None}


def test_agreement_has_no_alpha_when_all_votes_are_alike() -> None:
    agreement = agreement_by_axis(_votes([["tie", "tie"]]))["emo"]
    assert agreement == {"comparisons": 1, "observed": 1.0, "alpha": None}
