"""The sections of the project, and a page of one of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Section(NamedTuple):
    label: str | Promise
    url_name: str


SECTIONS = (
    Section(_("Overview"), "quality:overview"),
    Section(_("Quality"), "quality:quality"),
    Section(_("Disagreements"), "quality:disagreements"),
    Section(_("Skipped"), "quality:skipped"),
    Section(_("Known answers"), "quality:gold"),
    Section(_("People"), "quality:people"),
    Section(_("Texts"), "quality:texts"),
    Section(_("Settings"), "quality:settings"),
    Section(_("Log"), "quality:log"),
)


class SectionLink(NamedTuple):
    label: str | Promise
    url: str
    is_current: bool


def section_links(path: str) -> list[SectionLink]:
    """The one with the longest address that `path` begins with is current."""
    addresses = [reverse(section.url_name) for section in SECTIONS]
    current = max((url for url in addresses if path.startswith(url)), key=len, default=None)
    return [
        SectionLink(section.label, url, url == current)
        for section, url in zip(SECTIONS, addresses, strict=True)
    ]


def project_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page below the project's own menu."""
    context = {"sections": section_links(request.path), **context}
    return render(request, f"quality/{template}", context, status=status)
