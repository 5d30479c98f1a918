from __future__ import annotations

import re

import pytest

from annotate_site.accounts.models import Role
from annotate_site.annotation.models import Document, DocumentKind
from annotate_site.annotation.services.documents import (
    current_document,
    default_texts,
    newest_versions,
    publish_default_documents,
    publish_document,
    render_markdown,
)
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent
from tests.factories.accounts import PersonFactory


def test_render_markdown_makes_headings_lists_and_links():
    html = render_markdown(
        "# A\n\n- *b*\n- **c**\n\n[d](https://example.org/)\n\n| e |\n|---|\n| f |"
    )
    assert "<h2>A</h2>" in html
    assert "<li><em>b</em></li>" in html
    assert "<strong>c</strong>" in html
    assert '<a href="https://example.org/" rel="noopener noreferrer nofollow">d</a>' in html
    assert "<td>f</td>" in html


@pytest.mark.parametrize("text", ["# A\n\n## B", "## A\n\n### B", "## A\n\n##### B"])
def test_render_markdown_leaves_no_level_of_headings_out(text):
    assert re.findall("h[1-6]", render_markdown(text)) == ["h2", "h2", "h3", "h3"]


@pytest.mark.parametrize("text", ["# A\n## B", "## A\n### B", "##### A\n###### B"])
def test_render_markdown_begins_with_a_heading_of_the_second_level(text):
    assert render_markdown(text) == "<h2>A</h2>\n<h3>B</h3>\n"


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example/pixel.png)",
        "![x](javascript:alert(1))",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox(1))",
        "<javascript:alert(1)>",
        '[x](https://a.example "\\" onmouseover=alert(1)")',
        "<iframe src=//evil.example></iframe>",
        "<svg/onload=alert(1)>",
        "<style>body{display:none}</style>",
        "<form action=//evil.example><input name=password></form>",
        '<a href="x" style="position:fixed;inset:0">x</a>',
        "<details open ontoggle=alert(1)>",
        "```<script>alert(1)</script>\n```",
        '```x" onclick=alert(1)\ncode\n```',
        "| <img src=x onerror=alert(1)> |\n|---|\n| x |",
        "# <b onclick=alert(1)>x</b>",
        "<!-- --><script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ],
)
def test_render_markdown_lets_nothing_run(hostile):
    html = render_markdown(hostile)
    assert html
    tags = re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)([^>]*)>", html)
    assert {name.lower() for name, _ in tags} <= {"p", "a", "h2", "pre", "code"} | {
        *("table", "thead", "tbody", "tr", "th", "td")
    }
    for name, attributes in tags:
        names = re.sub(r'"[^"]*"', "", attributes)
        assert set(re.findall(r"\w+", names)) <= {"href", "title", "rel"}
        if name == "a" and "href" in attributes:
            assert re.search(r'href="(https?:|mailto:)', attributes)


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "\ud7ff", "*" * 20_000, "[" * 20_000, "> " * 3_000]
)
def test_render_markdown_takes_any_text(text):
    assert isinstance(render_markdown(text), str)


def publish(texts: dict[str, str], kind: str = DocumentKind.CONSENT) -> list[Document]:
    return publish_document(kind=kind, texts=texts, by=None)


@pytest.mark.django_db
def test_current_document_speaks_the_language_of_the_reader():
    publish({"en": "old", "de": "alt"})
    publish({"en": "new", "de": "neu"})
    assert current_document("consent", "de").text == "neu"
    assert current_document("consent", "de-at").text == "neu"
    assert current_document("consent", "fr").text == "new"
    assert current_document("instructions", "en") is None


@pytest.mark.django_db
def test_current_document_never_falls_back_to_an_old_version():
    publish({"en": "old", "de": "alt"})
    publish({"en": "new"})
    publish({"fr": "le texte"}, kind=DocumentKind.INSTRUCTIONS)
    assert current_document("consent", "de").text == "new"
    assert current_document("instructions", "de").text == "le texte"


@pytest.mark.django_db
def test_publish_document_counts_versions_by_kind_and_is_logged():
    manager = PersonFactory(role=Role.MANAGER)
    publish({"en": "one"})
    publish({"en": "rules"}, kind=DocumentKind.INSTRUCTIONS)
    (made,) = publish_document(kind="consent", texts={"en": "two"}, by=manager)
    assert (made.version, made.created_by) == (2, manager)
    assert newest_versions() == {"consent": 2, "instructions": 1}
    event = AuditEvent.objects.get(actor=manager)
    assert (event.action, event.subject) == ("document.published", "Consent 2 (en)")
    assert event.after == {"version": 2, "languages": ["en"]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "texts", "why"),
    [
        ("poem", {"en": "x"}, "'poem' is no kind of document"),
        ("consent", {}, "at least one language"),
        ("consent", {"en": " \n"}, "the text in 'en' is empty"),
        ("consent", {"en": "x", "de": ""}, "the text in 'de' is empty"),
        ("consent", {"en": "x" * 50_001}, "longer than 50000 characters"),
        ("consent", {"en": "a\0b"}, "NUL"),
    ],
)
def test_publish_document_refuses(kind, texts, why):
    with pytest.raises(Refused, match=why):
        publish_document(kind=kind, texts=texts, by=None)
    assert Document.objects.count() == AuditEvent.objects.count() == 0


@pytest.mark.django_db
def test_default_documents_come_in_both_languages_and_once():
    publish({"en": "our own"})
    made = publish_default_documents()
    assert {(d.kind, d.version, d.language) for d in made} == {
        ("instructions", 1, "en"),
        ("instructions", 1, "de"),
    }
    assert publish_default_documents() == []
    assert current_document("consent", "en").text == "our own"


@pytest.mark.parametrize("kind", DocumentKind.values)
def test_default_texts_say_the_same_in_each_language(kind):
    texts = default_texts(kind)
    assert set(texts) == {"en", "de"}
    shapes = [re.findall(r"<(h2|li|p)>", render_markdown(text)) for text in texts.values()]
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) > 10
