"""Pages of lists that come from SQL and not from a queryset."""

from __future__ import annotations

from types import SimpleNamespace

from django.http import HttpRequest

_MOST_PAGES = 100_000


class SlicedPage:
    """What `quality/pages.html` asks of Django's Page, for rows that are sliced in SQL."""

    def __init__(self, count: int, size: int, number: int) -> None:
        self.paginator = SimpleNamespace(num_pages=max(1, -(-count // size)))
        self.number = min(max(1, number), self.paginator.num_pages)
        self.has_previous = self.number > 1
        self.has_next = self.number < self.paginator.num_pages
        self.has_other_pages = self.paginator.num_pages > 1
        self.previous_page_number = self.number - 1
        self.next_page_number = self.number + 1


def page_number(request: HttpRequest) -> int:
    """`?page=`; anything that is no sensible number is the first one."""
    text = request.GET.get("page", "")
    is_number = text.isascii() and text.isdigit() and len(text) < 9
    return min(max(1, int(text)), _MOST_PAGES) if is_number else 1
