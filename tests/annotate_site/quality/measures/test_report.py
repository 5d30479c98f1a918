from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from annotate_site.annotation.models import GoldAnswer, GoldQuestion, Judgement, Purpose, Side
from annotate_site.annotation.selectors import completed_judgements
from annotate_site.datasets.agreement import agreement_by_axis
from annotate_site.datasets.votes import vote_of
from annotate_site.quality.measures.report import FRESH_FOR, measure, quality_report
from annotate_site.quality.models import Report
from evaluation.reliability import estimate_reliability
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import (
    NOON,
    ComparisonFactory,
    JudgementFactory,
    LeaseFactory,
    completed_lease,
)
from tests.factories.answers import Habits, many_answers, many_comparisons
from tests.factories.catalog import CandidateFactory, ClipFactory
from workbench.axes import AXES

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd():
    """60 comparisons by 3 of 6 people each: one at random, one often left, one fast."""
    clip = ClipFactory()
    comparisons = many_comparisons([clip], CandidateFactory.create_batch(12, clip=clip), 60, seed=1)
    people = {
        PersonFactory(username=name): habits
        for name, habits in {
            "ann": Habits(0.95),
            "ben": Habits(0.9),
            "cid": Habits(0.85),
            "coin": Habits(0.5),
            "lefty": Habits(0.9, left_bias=0.6),
            "quick": Habits(0.8, median_ms=900),
        }.items()
    }
    many_answers(comparisons, people, seed=2)
    return {person.username: person for person in people}


def test_agreement_is_what_a_snapshot_says(crowd) -> None:
    votes = [vote_of(row) for row in completed_judgements(include_simulated=False)]
    expected = agreement_by_axis(votes)
    found = measure(include_simulated=False).axes
    for axis in AXES:
        assert found[axis].alpha == pytest.approx(expected[axis]["alpha"])
        assert found[axis].observed == pytest.approx(expected[axis]["observed"])
        assert found[axis].paired == expected[axis]["comparisons"]
        assert found[axis].low < found[axis].alpha < found[axis].high
        assert (found[axis].answers, found[axis].annotators) == (180, 6)


def test_reliability_is_that_of_the_evaluation_package(crowd) -> None:
    votes = [vote_of(row) for row in completed_judgements(include_simulated=False)]
    decided = Counter((v.comparison_id, v.axis) for v in votes if v.choice in ("0", "1"))
    expected = estimate_reliability(v for v in votes if decided[v.comparison_id, v.axis] >= 2)
    found = measure(include_simulated=False).people
    assert len(found) == 6
    for person in crowd.values():
        assert found[person.pk].accuracy == pytest.approx(
            expected[str(person.pseudonym)].accuracy, abs=1e-6
        )


def test_answers_that_nobody_else_gave_tell_nothing_of_reliability() -> None:
    alone = completed_lease().annotator
    figures = measure(include_simulated=False).people[alone.pk]
    assert (figures.decided, figures.accuracy, figures.compared) == (3, None, 0)


def test_habits_show_in_the_figures(crowd) -> None:
    found = measure(include_simulated=False).people
    coin, lefty, quick, ann = (found[crowd[name].pk] for name in ("coin", "lefty", "quick", "ann"))
    assert ann.accuracy > 0.8 > 0.65 > coin.accuracy
    assert lefty.left_rate.low > 0.6
    assert lefty.side_p < 0.001 < ann.side_p
    assert quick.fast_share > 0.9
    assert quick.median_s < 1.5 < ann.median_s


def test_excluded_people_are_measured_but_count_nowhere(crowd) -> None:
    before = measure(include_simulated=False)
    crowd["coin"].weight = 0
    crowd["coin"].save()
    after = measure(include_simulated=False)
    assert set(before.people) == set(after.people)
    assert after.axes["emo"].alpha > before.axes["emo"].alpha
    assert after.axes["emo"].paired < before.axes["emo"].paired + 1
    assert after.people[crowd["coin"].pk].accuracy < 0.65


def test_simulated_annotators_count_on_demand_only(crowd) -> None:
    crowd["ann"].is_simulated = True
    crowd["ann"].save()
    assert crowd["ann"].pk not in measure(include_simulated=False).people
    assert crowd["ann"].pk in measure(include_simulated=True).people


def test_unclear_votes_and_disagreements_are_counted() -> None:
    for verdicts in (("left", "left", "left"), ("left", "left", "tie"), ("left", "right", "tie")):
        comparison = ComparisonFactory()
        for index, verdict in enumerate(verdicts):
            completed_lease(
                comparison=comparison, index=index, verdicts={"con": verdict, "cre": "tie"}
            )
    found = measure(include_simulated=False)
    assert [found.axes[axis].unclear for axis in AXES] == [0.0, pytest.approx(1 / 3), 0.0]
    assert (found.unclear, found.disagreements) == (pytest.approx(1 / 3), 1)


def test_nothing_is_measured_of_nothing() -> None:
    figures = measure(include_simulated=False)
    assert figures.people == {}
    assert {(row.answers, row.alpha, row.low) for row in figures.axes.values()} == {(0, None, None)}


def test_undone_unfinished_and_untold_answers_are_no_votes() -> None:
    comparison = ComparisonFactory()
    completed_lease(comparison=comparison, index=0)
    undone = completed_lease(comparison=comparison, index=1)
    Judgement.objects.filter(lease=undone).update(undone_at=NOON)
    completed_lease(comparison=comparison, index=2, verdicts=dict.fromkeys(AXES, "cannot_tell"))
    JudgementFactory(lease__slot__comparison=comparison, lease__slot__index=3)
    row = measure(include_simulated=False).axes["emo"]
    assert (row.answers, row.cannot_tell, row.paired, row.alpha) == (2, 1, 0, None)


def test_votes_for_the_same_picture_agree_wherever_it_lay() -> None:
    comparison = ComparisonFactory()
    completed_lease(comparison=comparison, index=0, left=Side.FIRST)
    completed_lease(
        comparison=comparison, index=1, left=Side.SECOND, verdicts=dict.fromkeys(AXES, "right")
    )
    row = measure(include_simulated=False).axes["con"]
    assert (row.paired, row.observed) == (1, 1.0)


def other_lease(person, comparison, purpose, verdict, left=Side.FIRST):
    lease = LeaseFactory(
        slot=None,
        comparison=comparison,
        annotator=person,
        purpose=purpose,
        left=left,
        answered=3,
        answered_at=NOON,
        completed_at=NOON,
    )
    for axis in AXES:
        JudgementFactory(lease=lease, axis=axis, verdict=verdict)


def test_known_answers_are_right_by_picture_and_not_by_side() -> None:
    person = PersonFactory()
    completed_lease(annotator=person)
    for left, verdict in ((Side.FIRST, "right"), (Side.SECOND, "left"), (Side.FIRST, "tie")):
        question = GoldQuestion.objects.create(
            comparison=ComparisonFactory(), use="gold", source="unanimous"
        )
        GoldAnswer.objects.create(question=question, axis="emo", better=Side.SECOND)
        other_lease(person, question.comparison, Purpose.GOLD, verdict, left)
    figures = measure(include_simulated=False).people[person.pk]
    assert (figures.gold_asked, figures.gold_right) == (3, 2)
    assert figures.comparisons == 1


@pytest.mark.parametrize(
    ("first", "left", "again", "left_again", "alike"),
    [
        ("left", Side.FIRST, "left", Side.FIRST, 3),
        ("left", Side.FIRST, "right", Side.SECOND, 3),
        ("left", Side.FIRST, "left", Side.SECOND, 0),
        ("left", Side.FIRST, "right", Side.FIRST, 0),
        ("tie", Side.FIRST, "tie", Side.SECOND, 3),
        ("tie", Side.FIRST, "left", Side.SECOND, 0),
        ("tie", Side.FIRST, "right", Side.FIRST, 0),
        ("right", Side.FIRST, "tie", Side.FIRST, 0),
        ("cannot_tell", Side.FIRST, "cannot_tell", Side.SECOND, 3),
    ],
)
def test_repeats_are_alike_by_picture(first, left, again, left_again, alike) -> None:
    lease = completed_lease(verdicts=dict.fromkeys(AXES, first), left=left)
    other_lease(lease.annotator, lease.comparison, Purpose.REPEAT, again, left_again)
    figures = measure(include_simulated=False).people[lease.annotator_id]
    assert (figures.repeats, figures.repeats_alike) == (3, alike)
    assert figures.answers == 3


def test_report_is_kept_for_some_minutes_and_measured_anew_on_demand() -> None:
    completed_lease()
    first = quality_report(include_simulated=False, now=NOON)
    completed_lease()
    kept = quality_report(include_simulated=False, now=NOON + FRESH_FOR - timedelta(seconds=1))
    assert (kept, kept.figures.axes["emo"].answers) == (first, 1)
    anew = quality_report(include_simulated=False, now=NOON + timedelta(seconds=1), anew=True)
    assert anew.figures.axes["emo"].answers == 2
    completed_lease()
    later = quality_report(include_simulated=False, now=NOON + 2 * FRESH_FOR)
    assert later.figures.axes["emo"].answers == 3
    assert later.as_of == NOON + 2 * FRESH_FOR
    assert Report.objects.count() == 1


def test_fresh_report_takes_one_statement(django_assert_num_queries) -> None:
    quality_report(include_simulated=False, now=NOON)
    with django_assert_num_queries(1):
        quality_report(include_simulated=False, now=NOON)
