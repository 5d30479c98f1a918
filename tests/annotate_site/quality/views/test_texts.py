from __future__ import annotations

import pytest

from annotate_site.annotation.models import Document

pytestmark = pytest.mark.django_db

PAGE = "/project/texts/consent/"


@pytest.fixture(autouse=True)
def nothing_published():
    Document.objects.all().delete()


def publish(site, text, based_on=0, **more):
    values = {"text_en": text, "based_on": based_on, "publish": "1", **more}
    return site.post(PAGE, values)


def test_the_built_in_text_is_there_to_begin_with(site) -> None:
    context = site.get(PAGE).context
    assert context["newest"] == 0
    assert context["parts"][0][0] == "en"
    assert len(context["parts"][0][1].value()) > 500


def test_a_text_is_published_and_its_history_and_changes_are_shown(site, text_of) -> None:
    publish(site, "# Hello\n\nOne.")
    publish(site, "# Hello\n\nTwo.", based_on=1)
    history = site.get(PAGE).context["history"]
    assert [(row.version, row.created_by.username) for row in history] == [(2, "mia"), (1, "mia")]
    page = text_of(site.get(f"{PAGE}2/"))
    assert "<ins>+ Two.</ins>" in page
    assert "<del>− One.</del>" in page
    assert site.get(f"{PAGE}3/").status_code == 404


def test_looking_publishes_nothing(site) -> None:
    response = site.post(PAGE, {"text_en": "**strong**", "based_on": "0", "look": "1"})
    assert "<strong>strong</strong>" in response.content.decode()
    assert Document.objects.count() == 0


def test_a_text_that_somebody_else_has_replaced_is_kept_but_not_published(site) -> None:
    publish(site, "First.")
    response = publish(site, "Mine.", based_on=0)
    assert response.status_code == 422
    assert response.context["parts"][0][1].value() == "Mine."
    assert Document.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"text_en": ""}, "text_en"),
        ({"text_en": "x" * 50_001}, "text_en"),
        ({"text_en": "a\0b"}, "text_en"),
        ({"text_en": "a", "based_on": "x"}, "based_on"),
        ({"text_en": "a", "based_on": "-1"}, "based_on"),
    ],
)
def test_bad_texts_are_refused_by_field(site, values, name) -> None:
    response = site.post(PAGE, {"based_on": "0", "publish": "1", **values})
    assert (response.status_code, list(response.context["form"].errors)) == (422, [name])
    assert Document.objects.count() == 0


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) "
    '<a href="https://evil.example" onclick="x()">y</a>'
)


def test_hostile_markdown_is_harmless_in_preview_page_and_version(site) -> None:
    publish(site, HOSTILE)
    preview = site.post("/project/texts/preview/", {"text_en": HOSTILE})
    for response in (preview, site.get(f"{PAGE}1/")):
        page = response.content.decode().replace("&lt;", "")
        for bad in ("<script>alert", "<img src=x", 'href="javascript', '<a href="https://evil'):
            assert bad not in page


def test_endless_previews_are_refused(site) -> None:
    response = site.post("/project/texts/preview/", {"text_en": "x" * 50_001})
    assert response.status_code == 422
