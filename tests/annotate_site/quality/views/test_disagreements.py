from __future__ import annotations

import pytest

from annotate_site.annotation.models import Adjudication
from tests.factories.annotation import ComparisonFactory, completed_lease

pytestmark = pytest.mark.django_db

QUEUE = "/project/disagreements/"


@pytest.fixture
def disputed():
    """Two comparisons of which one half says this and one half that, on feeling."""
    comparisons = [ComparisonFactory() for _ in range(2)]
    for comparison in comparisons:
        for index, verdict in enumerate(("left", "right")):
            completed_lease(comparison=comparison, index=index, verdicts={"emo": verdict})
    return comparisons


def test_queue_leads_through_all_disagreements_and_ends(site, disputed) -> None:
    first = site.get(QUEUE).context["rows"][0][0].comparison_id
    seen = {first}
    response = site.post(f"{QUEUE}{first}/", {"emo": "first", "note": "brighter"})
    second = response.headers["Location"]
    seen.add(type(first)(second.split("/")[-2]))
    assert seen == {comparison.pk for comparison in disputed}
    assert site.post(second, {"emo": "none"}).headers["Location"] == QUEUE
    assert site.get(QUEUE).context["count"] == 0
    assert set(Adjudication.objects.values_list("axis", "verdict", "note")) == {
        ("emo", "first", "brighter"),
        ("emo", "none", ""),
    }


def test_a_comparison_is_shown_with_all_its_votes_and_the_verdict(site, disputed, text_of) -> None:
    address = f"{QUEUE}{disputed[0].pk}/"
    site.post(address, {"emo": "tie", "note": "<i>hm</i>"})
    response = site.get(address)
    assert [len(row.votes) for _, row in response.context["rulings"]] == [2, 2, 2]
    page = text_of(response)
    assert "Settled by mia: Equal. “&lt;i&gt;hm&lt;/i&gt;”" in page
    assert 'name="emo" value="tie" data-key="↓" checked' in page


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, 200),
        ({"note": "only"}, 200),
        ({"emo": "left"}, 422),
        ({"emo": "first", "con": "<x>"}, 422),
        ({"emo": "first", "note": "x" * 1001}, 422),
        ({"emo": "first", "note": "a\0b"}, 422),
        ({"joy": "first"}, 200),
    ],
)
def test_senseless_verdicts_store_nothing_and_say_why(site, disputed, values, status) -> None:
    response = site.post(f"{QUEUE}{disputed[0].pk}/", values)
    assert response.status_code == status
    assert len(response.context["messages"]) == 1
    assert Adjudication.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_queue_takes_the_same_statements_however_long_it_is(
    site, count, django_assert_num_queries
) -> None:
    for _ in range(count):
        comparison = ComparisonFactory()
        completed_lease(comparison=comparison, index=0)
        completed_lease(comparison=comparison, index=1, verdicts={"con": "right"})
    with django_assert_num_queries(4):
        assert site.get(QUEUE).context["count"] == count


def test_a_page_beyond_the_end_shows_the_beginning(site, disputed) -> None:
    response = site.get(f"{QUEUE}?page=9")
    assert (len(response.context["rows"]), response.context["page"].number) == (2, 1)
