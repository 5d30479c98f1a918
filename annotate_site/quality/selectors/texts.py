from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import QuerySet

from annotate_site.annotation.models import Document, DocumentKind
from annotate_site.annotation.services.documents import (
    FALLBACK_LANGUAGE,
    default_texts,
    newest_versions,
)
from annotate_site.quality.services.texts import texts_of


class Line(NamedTuple):
    mark: str
    """ins, del, or empty for a line that both have."""
    text: str


class TextState(NamedTuple):
    kind: DocumentKind
    newest: int
    """0 when nothing is published yet."""
    languages: list[str]


def text_states() -> list[TextState]:
    newest = newest_versions()
    return [
        TextState(kind, newest.get(kind, 0), sorted(texts_of(kind, newest.get(kind, 0))))
        for kind in DocumentKind
    ]


def texts_to_edit(kind: str) -> tuple[int, dict[str, str]]:
    """The newest version and its texts; else 0 and those that come with the site.

    Languages that the site has a text in are there in any case, empty when need be.
    """
    built_in = default_texts(kind)
    newest = newest_versions().get(kind, 0)
    if not newest:
        return 0, {language: built_in[language] for language in _in_order(built_in)}
    texts = texts_of(kind, newest)
    return newest, {
        language: texts.get(language, "") for language in _in_order({**built_in, **texts})
    }


def _in_order(languages: Iterable[str]) -> list[str]:
    """The one that everybody falls back to comes first."""
    return sorted(languages, key=lambda language: (language != FALLBACK_LANGUAGE, language))


def history_of(kind: str) -> QuerySet[Document]:
    """All versions in all languages, newest first."""
    return (
        Document.objects.filter(kind=kind)
        .select_related("created_by")
        .order_by("-version", "language")
    )


def diff_lines(before: str, after: str) -> list[Line]:
    """Lines of both, in order; `?` hints of difflib are left out."""
    marks = {"+": "ins", "-": "del", " ": ""}
    found = difflib.ndiff(before.splitlines(), after.splitlines())
    return [Line(marks[line[0]], line[2:]) for line in found if line[0] in marks]
