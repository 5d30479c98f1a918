from __future__ import annotations

from datetime import timedelta

import pytest

from annotate_site.annotation.models import Lease, Side
from annotate_site.annotation.selectors import (
    completed_judgements,
    own_progress,
    progress_overview,
    shown_comparison,
)
from annotate_site.annotation.services import next_lease, submit_judgement, undo_last
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import (
    NOON,
    ComparisonFactory,
    JudgementFactory,
    LeaseFactory,
    comparisons_of_one_clip,
    completed_lease,
)
from workbench.axes import AXES

HEARD = NOON + timedelta(seconds=10)


def complete(lease) -> None:
    for axis in AXES:
        submit_judgement(
            annotator=lease.annotator, lease_id=lease.pk, axis=axis, verdict="tie", now=HEARD
        )


@pytest.mark.django_db
def test_completed_judgements_leaves_out_what_does_not_count():
    counted = completed_lease()
    JudgementFactory(lease=counted, axis="emo", undone_at=NOON)
    JudgementFactory(lease=LeaseFactory())

    assert {judgement.lease_id for judgement in completed_judgements(include_simulated=True)} == {
        counted.pk
    }
    assert completed_judgements(include_simulated=True).count() == 3


@pytest.mark.django_db
def test_completed_judgements_includes_simulated_people_on_demand():
    completed_lease(annotator=PersonFactory(is_simulated=True))
    human = completed_lease()

    assert completed_judgements(include_simulated=True).count() == 6
    judgements = completed_judgements(include_simulated=False)
    assert [judgement.lease for judgement in judgements] == [human] * 3


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_completed_judgements_loads_what_an_export_needs_in_1_query(
    count, django_assert_num_queries
):
    for _ in range(count):
        completed_lease()

    with django_assert_num_queries(1):
        for judgement in completed_judgements(include_simulated=True):
            comparison = judgement.lease.comparison
            assert judgement.lease.annotator.pseudonym
            assert comparison.clip.title
            assert comparison.first.painter.name
            assert comparison.second.painter.name


@pytest.mark.django_db
def test_progress_overview_counts_slots_people_and_answers():
    comparisons_of_one_clip(2, overlap=2)
    complete(next_lease(annotator=PersonFactory(), now=NOON))
    complete(next_lease(annotator=PersonFactory(is_simulated=True), now=NOON))
    submit_judgement(
        annotator=(lease := next_lease(annotator=PersonFactory(), now=NOON)).annotator,
        lease_id=lease.pk,
        axis="emo",
        verdict="left",
        now=HEARD,
    )

    overview = progress_overview()

    assert (overview.comparisons, overview.slots, overview.slots_done) == (2, 4, 2)
    assert overview.annotators == 2
    assert overview.answers == dict.fromkeys(AXES, (1, 1))


@pytest.mark.django_db
def test_progress_overview_of_an_empty_site_is_all_zero():
    assert progress_overview() == (0, 0, 0, 0, dict.fromkeys(AXES, (0, 0)))


@pytest.mark.django_db
def test_own_progress_counts_what_this_person_can_still_get():
    comparisons_of_one_clip(3, overlap=1)
    ComparisonFactory(overlap=1, is_open=False)
    annotator = PersonFactory()
    assert own_progress(annotator=annotator, now=NOON) == (0, 3)

    complete(next_lease(annotator=annotator, now=NOON))
    next_lease(annotator=annotator, now=NOON)
    assert own_progress(annotator=annotator, now=NOON) == (1, 2)

    next_lease(annotator=PersonFactory(), now=NOON)
    assert own_progress(annotator=annotator, now=NOON) == (1, 1)
    assert own_progress(annotator=annotator, now=NOON + timedelta(hours=1)) == (1, 2)

    undo_last(annotator=annotator, now=NOON)
    assert own_progress(annotator=annotator, now=NOON) == (0, 2)


@pytest.mark.django_db
@pytest.mark.parametrize("left", [Side.FIRST, Side.SECOND])
def test_shown_comparison_puts_the_pictures_on_the_stored_sides(left, django_assert_num_queries):
    comparison = LeaseFactory(left=left).comparison
    lease = Lease.objects.get()
    expected = [comparison.first, comparison.second]

    with django_assert_num_queries(1):
        shown = shown_comparison(lease)

    assert [shown.left, shown.right] == (expected if left == Side.FIRST else expected[::-1])
