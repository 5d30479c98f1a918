from __future__ import annotations

import pytest

from annotate_site.accounts.models import Role
from annotate_site.annotation.models import Comparison, GoldAnswer, GoldQuestion, Purpose, Side
from annotate_site.annotation.services.gold import corrupted_pair, make_training_pairs
from annotate_site.catalog.models import Candidate
from annotate_site.catalog.selectors import CORRUPTED
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import ClipFactory, TrueCandidateFactory

pytestmark = pytest.mark.django_db


def better_candidates(question: GoldQuestion) -> dict[str, Candidate]:
    pair = {Side.FIRST: question.comparison.first, Side.SECOND: question.comparison.second}
    return {answer.axis: pair[answer.better] for answer in question.answers.all()}


def test_corrupted_pair_knows_the_real_picture_to_be_better():
    candidate, manager = TrueCandidateFactory(), PersonFactory(role=Role.MANAGER)
    question = corrupted_pair(candidate, 7, use=Purpose.PRACTICE, by=manager)
    assert better_candidates(question) == {"emo": candidate, "con": candidate}
    assert (question.use, question.source, question.created_by) == (
        "practice",
        "corrupted",
        manager,
    )
    copy = Candidate.objects.get(painter__name=CORRUPTED)
    assert {question.comparison.first, question.comparison.second} == {candidate, copy}
    assert question.comparison.clip == candidate.clip
    assert question.explanation.startswith("The other picture is the same one")
    assert question.comparison.slots.count() == 0  # Never handed out as work.
    assert AuditEvent.objects.get().action == "gold.created"


def test_corrupted_pair_made_again_is_the_same_question():
    candidate = TrueCandidateFactory()
    first = corrupted_pair(candidate, 7, use=Purpose.PRACTICE)
    again = corrupted_pair(candidate, 7, use=Purpose.GOLD)
    assert (again, again.use) == (first, "practice")
    assert (GoldAnswer.objects.count(), Comparison.objects.count()) == (2, 1)
    assert corrupted_pair(candidate, 8) != first


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"use": "work"}, "'work' is no use of a known answer"),
        ({"use": "repeat"}, "'repeat' is no use of a known answer"),
        ({"axes": ["cre"]}, "known answers are for emo and con only"),
        ({"axes": ["emo", "cre"]}, "known answers are for emo and con only"),
        ({"axes": []}, "known answers are for emo and con only"),
    ],
)
def test_corrupted_pair_refuses(facts, why):
    with pytest.raises(Refused, match=why):
        corrupted_pair(TrueCandidateFactory(), 1, **facts)
    assert GoldQuestion.objects.count() == Comparison.objects.count() == 0


def test_a_corrupted_copy_is_not_corrupted_again():
    corrupted_pair(TrueCandidateFactory(), 1)
    with pytest.raises(Refused, match="this is a corrupted copy already"):
        corrupted_pair(Candidate.objects.get(painter__name=CORRUPTED), 2)


def test_make_training_pairs_spreads_over_the_clips_and_uses_each_picture_once():
    clips = ClipFactory.create_batch(3)
    for clip in clips:
        TrueCandidateFactory.create_batch(2, clip=clip)
    made = make_training_pairs(practice=2, qualification=3, seed=1)
    assert [question.use for question in made] == ["practice"] * 2 + ["qualification"] * 3
    assert {question.comparison.clip for question in made[:3]} == set(clips)
    originals = [better_candidates(question)["con"] for question in made]
    assert len(set(originals)) == 5


def test_make_training_pairs_makes_no_more_than_are_missing_and_possible():
    TrueCandidateFactory.create_batch(3)
    assert len(make_training_pairs(practice=1, qualification=1, seed=1)) == 2
    assert make_training_pairs(practice=1, qualification=1, seed=1) == []
    assert len(make_training_pairs(practice=9, qualification=9, seed=1)) == 1
    assert make_training_pairs(practice=9, qualification=9, seed=1) == []


def test_make_training_pairs_leaves_out_what_may_upset():
    TrueCandidateFactory(is_sensitive=True)
    assert make_training_pairs(practice=1, qualification=1, seed=1) == []
