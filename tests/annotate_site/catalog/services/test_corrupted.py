from __future__ import annotations

import pytest
from django.test import Client

from annotate_site.catalog.models import Candidate
from annotate_site.catalog.selectors import (
    CORRUPTED,
    candidates_for_sampling,
    clips_with_counts,
    credited_candidates,
    real_candidates,
)
from annotate_site.catalog.services import add_corrupted_copy
from annotate_site.core.exceptions import Refused
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import TrueCandidateFactory

pytestmark = pytest.mark.django_db


def test_a_corrupted_copy_takes_part_in_nothing_but_known_answers():
    candidate = TrueCandidateFactory(attribution="Hokusai, 1831", is_sensitive=True)
    copy = add_corrupted_copy(candidate=candidate, seed=1).candidate
    assert (copy.clip, copy.painter.name, copy.seed) == (candidate.clip, CORRUPTED, 1)
    assert (copy.is_sensitive, copy.attribution) == (True, "Hokusai, 1831")
    for selected in (real_candidates(), candidates_for_sampling(), credited_candidates()):
        assert list(selected) == [candidate]
    assert clips_with_counts().get().n_candidates == 1


def test_a_corrupted_copy_is_made_once_by_seed():
    candidate = TrueCandidateFactory()
    first = add_corrupted_copy(candidate=candidate, seed=1)
    assert add_corrupted_copy(candidate=candidate, seed=1) == first
    assert Candidate.objects.count() == 2


def test_a_corrupted_copy_cannot_be_told_by_its_address_or_headers():
    candidate = TrueCandidateFactory()
    copy = add_corrupted_copy(candidate=candidate, seed=1).candidate
    client = Client()
    client.force_login(PersonFactory())
    answers = [client.get(f"/media/image/{c.pk}") for c in (candidate, copy)]
    one, other = ({**answer.headers} for answer in answers)
    for differing in ("ETag", "Content-Length"):
        del one[differing], other[differing]
    assert one == other
    assert "corrupted" not in str(answers[1].headers)


def test_a_corrupted_copy_is_not_corrupted_again():
    copy = add_corrupted_copy(candidate=TrueCandidateFactory(), seed=1).candidate
    with pytest.raises(Refused, match="this is a corrupted copy already"):
        add_corrupted_copy(candidate=copy, seed=1)
