from __future__ import annotations

import pytest
from django.urls import reverse

from annotate_site.accounts.models import Standing
from annotate_site.annotation.models import Comparison, Judgement, Side
from annotate_site.annotation.services import current_project
from tests.annotate_site.annotation.views.pages import (
    HTMX,
    JUDGE,
    axis_shown,
    lease_shown,
    send,
)
from tests.factories.annotation import (
    comparisons_of_one_clip,
    project_with,
)
from workbench.axes import AXES


def test_judge_shows_the_pictures_on_their_sides_and_nothing_about_their_painter(browser, lease):
    comparison = lease.comparison
    left, right = (
        (comparison.first, comparison.second)
        if lease.left == Side.FIRST
        else (comparison.second, comparison.first)
    )

    content = browser.get(JUDGE).content.decode()

    places = [content.index(reverse("catalog:image", args=[side.pk])) for side in (left, right)]
    assert places == sorted(places)
    assert "Which picture fits the <em>feeling</em> of the music better?" in content
    assert comparison.clip.caption in content
    for secret in (left.painter.name, str(left.painter_id), left.prompt, left.sha256):
        assert secret not in content


def test_judge_hides_the_caption_when_the_project_wants_it_hidden(browser, lease):
    project_with(shows_caption=False)

    assert lease.comparison.clip.caption not in browser.get(JUDGE).content.decode()


def test_judge_asks_in_the_projects_own_words(browser, lease):
    project_with(questions={"emo": {"question": "Which one *feels* right?", "label": "Mood <3"}})

    content = browser.get(JUDGE).content.decode()

    assert "Which one <em>feels</em> right?" in content
    assert "Mood &lt;3" in content
    assert "Go by the mood alone" in content


def test_judge_reloaded_shows_the_same_lease_at_the_same_axis(browser, lease):
    send(browser, lease)

    responses = [browser.get(JUDGE) for _ in range(2)]

    assert [axis_shown(response) for response in responses] == ["con", "con"]
    assert [lease_shown(response) for response in responses] == [str(lease.pk)] * 2
    assert responses[0]["Cache-Control"].startswith("max-age=0, no-cache, no-store")


def test_judge_gives_scripts_the_comparison_alone(browser, lease):
    content = browser.get(JUDGE, headers=HTMX).content.decode()

    assert content.lstrip().startswith('<section class="comparison"')
    assert "<html" not in content


def test_judge_says_when_nothing_is_left(browser):
    response = browser.get(JUDGE)

    assert response.context["page"] is None
    assert "Nothing to judge yet" in response.content.decode()


def test_judge_lets_the_very_last_answer_be_undone(browser, lease):
    Comparison.objects.exclude(pk=lease.comparison_id).update(is_open=False)
    for axis in AXES:
        send(browser, lease, axis)
    newest = Judgement.objects.get(axis="cre")

    response = browser.get(JUDGE)

    assert response.context["page"] is None
    assert f'name="judgement" value="{newest.pk}"' in response.content.decode()


def test_judge_leads_somebody_who_is_paused_to_the_page_that_says_why(browser, annotator, lease):
    annotator.standing = Standing.PAUSED
    annotator.save()

    response = browser.get(JUDGE)

    assert (response.status_code, response.url) == (302, reverse("annotation:onboarding_closed"))


@pytest.mark.parametrize("count", [1, 3])
def test_judge_takes_the_same_number_of_queries_for_any_queue(
    browser, count, django_assert_num_queries
):
    comparisons_of_one_clip(count, overlap=2)
    current_project()  # Its row is made when it is first asked for.

    # Session, person, project and texts (4: no test keeps them), the lease with clip and
    # pictures, its answers, the newest answer, progress, today.
    with django_assert_num_queries(10):
        browser.get(JUDGE)
