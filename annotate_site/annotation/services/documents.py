"""Consent and instructions: texts in Markdown, in versions that never change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import nh3
from django.db import transaction
from django.db.models import Max
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Document, DocumentKind
from annotate_site.core import audit
from annotate_site.core.exceptions import Refused

MOST_CHARACTERS = 50_000
FALLBACK_LANGUAGE = "en"
_DEFAULTS = Path(__file__).resolve().parents[1] / "documents"

_TAGS = {
    *("h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "blockquote"),
    *("strong", "em", "s", "code", "pre", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
# Pictures are left out: they would have to come from elsewhere.
_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def render_markdown(text: str) -> SafeString:
    """HTML that is safe to show, whatever `text` is.

    Its highest headings become h2, as the page has its h1, and no level is left out: whoever
    writes "##" only, means what others write as "#".
    """
    tokens = _markdown.parse(text)
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    levels = sorted({token.tag for token in headings})
    for token in headings:
        token.tag = f"h{min(6, levels.index(token.tag) + 2)}"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)


def newest_versions() -> dict[str, int]:
    """Kind to its newest version; kinds without a document are absent."""
    rows = Document.objects.values("kind").annotate(newest=Max("version"))
    return {row["kind"]: row["newest"] for row in rows}


def current_document(kind: DocumentKind | str, language: str) -> Document | None:
    """The newest version in `language`, else in English, else in whatever there is of it.

    `language` may be as precise as the browser says it: "de-at" is served by "de".
    """
    documents = list(Document.objects.filter(kind=kind).order_by("-version", "language"))
    newest = {d.language: d for d in documents if d.version == documents[0].version}
    for wanted in (language, language.partition("-")[0], FALLBACK_LANGUAGE, *newest):
        if wanted in newest:
            return newest[wanted]
    return None


@transaction.atomic
def publish_document(
    *, kind: DocumentKind | str, texts: Mapping[str, str], by: Person | None
) -> list[Document]:
    """A new version from language to text. People are asked to read or agree once more."""
    if kind not in DocumentKind.values:
        raise Refused(f"{kind!r} is no kind of document")
    if not texts:
        raise Refused(_("a document needs a text in at least one language"))
    for language, text in texts.items():
        _refuse_bad_text(language, text)
    # Two people who publish at once: the unique constraint lets one of them through.
    version = newest_versions().get(str(kind), 0) + 1
    documents = Document.objects.bulk_create(
        [
            Document(kind=kind, version=version, language=language, text=text, created_by=by)
            for language, text in sorted(texts.items())
        ]
    )
    facts = {"version": version, "languages": sorted(texts)}
    audit.record(actor=by, action="document.published", subject=documents[0], after=facts)
    return documents


def default_texts(kind: DocumentKind | str) -> dict[str, str]:
    """The texts that come with the site, by language."""
    paths = sorted(_DEFAULTS.glob(f"{kind}.*.md"))
    return {path.suffixes[0][1:]: path.read_text(encoding="utf-8") for path in paths}


@transaction.atomic
def publish_default_documents() -> list[Document]:
    """Version 1 of every kind of which there is none."""
    known = newest_versions()
    made = []
    for kind in DocumentKind.values:
        if kind not in known:
            made += publish_document(kind=kind, texts=default_texts(kind), by=None)
    return made


def _refuse_bad_text(language: str, text: str) -> None:
    if not text.strip():
        raise Refused(_("the text in %(language)s is empty") % {"language": repr(language)})
    if len(text) > MOST_CHARACTERS:
        raise Refused(
            _("the text in %(language)s is longer than %(most)s characters")
            % {"language": repr(language), "most": MOST_CHARACTERS}
        )
    if "\0" in text:
        raise Refused(
            _("the text in %(language)s holds a NUL character") % {"language": repr(language)}
        )
