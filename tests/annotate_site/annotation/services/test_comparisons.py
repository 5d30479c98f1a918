from __future__ import annotations

from itertools import combinations
from uuid import uuid4

import pytest

from annotate_site.annotation.models import Comparison, Slot, Triplet
from annotate_site.annotation.services import TripletRow, publish_triplets
from annotate_site.core.exceptions import Refused
from tests.factories.catalog import CandidateFactory, ClipFactory

RUN = uuid4()


def triplet_row(**ids) -> TripletRow:
    original = CandidateFactory()
    values = {
        "clip_id": original.clip_id,
        "original_id": original.pk,
        "positive_id": CandidateFactory().pk,
        "negative_id": CandidateFactory().pk,
    }
    return TripletRow(**values | ids, **similarities())


def similarities() -> dict[str, float]:
    return {"similarity_original": 0.3, "similarity_positive": 0.4, "similarity_negative": -0.1}


def publish(rows, **values):
    return publish_triplets(**{"run_id": RUN, "rows": rows, "overlap": 3, "seed": 7} | values)


@pytest.mark.django_db
def test_publish_triplets_makes_three_comparisons_with_their_slots():
    row = triplet_row()

    assert publish([row]) == (1, 3, 9)

    triplet = Triplet.objects.get()
    assert triplet.similarities == {"original": 0.3, "positive": 0.4, "negative": -0.1}
    pairs = {
        comparison.kind: {comparison.first_id, comparison.second_id}
        for comparison in Comparison.objects.filter(triplet=triplet, clip_id=row.clip_id)
    }
    assert pairs == {
        "orig/pos": {row.original_id, row.positive_id},
        "orig/neg": {row.original_id, row.negative_id},
        "pos/neg": {row.positive_id, row.negative_id},
    }
    for comparison in Comparison.objects.all():
        slots = Slot.objects.filter(comparison=comparison).order_by("index")
        assert [(slot.index, slot.position) for slot in slots] == [
            (index, comparison.position) for index in range(3)
        ]


@pytest.mark.django_db
def test_publish_triplets_again_changes_nothing():
    rows = [triplet_row(), triplet_row()]
    publish(rows)

    assert publish(rows, overlap=5, seed=8) == (0, 0, 0)
    assert Slot.objects.count() == 18


@pytest.mark.django_db
def test_publish_triplets_keeps_a_pair_of_another_run():
    row = triplet_row()
    publish([row])
    other = row._replace(negative_id=CandidateFactory().pk)

    assert publish([other], run_id=uuid4()) == (1, 2, 6)
    assert Comparison.objects.count() == 5


@pytest.mark.django_db
def test_publish_triplets_takes_a_pair_once_within_a_run():
    row = triplet_row()
    other = row._replace(negative_id=CandidateFactory().pk)

    assert publish([row, other, row]) == (2, 5, 15)


@pytest.mark.django_db
def test_publish_triplets_depends_on_seed_and_pair_alone():
    rows = [triplet_row() for _ in range(2)]

    def published(rows, seed) -> dict:
        Slot.objects.all().delete()
        Comparison.objects.all().delete()
        publish(rows, seed=seed)
        return {
            (row.first_id, row.second_id): (row.position, row.even_shows_first_left)
            for row in Comparison.objects.all()
        }

    assert published(rows, 1) == published(rows[::-1], 1) != published(rows, 2)


@pytest.mark.django_db
def test_publish_triplets_shows_either_candidate_left_about_equally_often():
    clip = ClipFactory()
    candidates = [candidate.pk for candidate in CandidateFactory.create_batch(10, clip=clip)]
    publish(
        [TripletRow(clip.pk, *ids, **similarities()) for ids in combinations(candidates, 3)],
        overlap=1,
    )

    share = Comparison.objects.filter(even_shows_first_left=True).count() / 45
    assert 0.3 < share < 0.7


@pytest.mark.django_db
def test_publish_triplets_of_no_rows_publishes_nothing():
    assert publish([]) == (0, 0, 0)


@pytest.mark.django_db
def test_publish_triplets_refuses_bad_rows_and_stores_nothing():
    good = triplet_row()
    unknown = uuid4()
    for bad, message in (
        (triplet_row(clip_id=unknown), f"clip {unknown} is not in the catalogue"),
        (triplet_row(negative_id=unknown), f"candidate {unknown} is not in the catalogue"),
        (good._replace(negative_id=good.original_id), "names one candidate twice"),
    ):
        with pytest.raises(Refused, match=message):
            publish([good, bad])
    assert Triplet.objects.count() == Comparison.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("overlap", [0, -1, 51, {"emo": 3, "con": 51, "cre": 1}])
def test_publish_triplets_refuses_a_bad_overlap(overlap):
    with pytest.raises(Refused, match=r"overlap -?\d+ is not from 1 to 50"):
        publish([triplet_row()], overlap=overlap)


@pytest.mark.django_db
def test_publish_triplets_asks_each_axis_as_often_as_it_is_wanted():
    publish([triplet_row()], overlap={"emo": 3, "con": 3, "cre": 5})

    comparison = Comparison.objects.first()
    asked = Slot.objects.filter(comparison=comparison).order_by("index")
    assert [slot.axes for slot in asked] == [["emo", "con", "cre"]] * 3 + [["cre"]] * 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pairing", "kinds"),
    [
        ("all", ["orig/neg", "orig/pos", "pos/neg"]),
        ("original", ["orig/neg", "orig/pos"]),
        ("hard", ["orig/pos"]),
    ],
)
def test_publish_triplets_pairs_as_the_policy_says(pairing, kinds):
    assert publish([triplet_row()], pairing=pairing) == (1, len(kinds), 3 * len(kinds))
    assert sorted(Comparison.objects.values_list("kind", flat=True)) == kinds
