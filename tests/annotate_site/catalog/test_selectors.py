from __future__ import annotations

import pytest

from annotate_site.catalog import selectors
from tests.factories.catalog import CandidateFactory, ClipFactory, PainterFactory

pytestmark = pytest.mark.django_db


def test_clips_with_counts_counts_candidates() -> None:
    full, empty = ClipFactory(title="B"), ClipFactory(title="A")
    CandidateFactory.create_batch(2, clip=full)
    found = [(clip, clip.n_candidates) for clip in selectors.clips_with_counts()]
    assert found == [(empty, 0), (full, 2)]


def test_candidates_of_puts_the_newest_painter_first() -> None:
    clip = ClipFactory()
    old = CandidateFactory(clip=clip, painter=PainterFactory(generation=0))
    new = CandidateFactory(clip=clip, painter=PainterFactory(generation=2))
    CandidateFactory()
    assert list(selectors.candidates_of(clip)) == [new, old]


def test_candidates_for_sampling_needs_one_query(django_assert_num_queries) -> None:
    CandidateFactory.create_batch(3)
    with django_assert_num_queries(1):
        names = [(c.clip.title, c.painter.name) for c in selectors.candidates_for_sampling()]
    assert len(names) == 3


def test_newest_generation_is_the_highest() -> None:
    assert selectors.newest_generation() == 0
    PainterFactory(generation=3)
    PainterFactory(generation=1)
    assert selectors.newest_generation() == 3


def test_credits_leave_out_the_nameless() -> None:
    ClipFactory(licence="", attribution="")
    clip = ClipFactory(licence="", attribution="a fiddler")
    CandidateFactory(clip=clip)
    named = CandidateFactory(clip=clip, attribution="a painter")
    assert list(selectors.credited_clips()) == [clip]
    assert list(selectors.credited_candidates()) == [named]
