"""Sentences that were stored in English, told in the language of the page.

What happens in a worker has no reader yet, so that its sentence is stored as it was written. Where
it is shown, it is found again among the sentences that the site knows, and its values stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from django.utils.translation import gettext

_PLACE = re.compile(r"%\((\w+)\)s")


def retold(stored: str, known: Iterable[str]) -> str:
    """`stored` in the language of the page; as it is where none of the `known` says it.

    known: originals of translations, with places for values as `%(name)s`.
    """
    for original in known:
        if found := _pattern(original).fullmatch(stored):
            return gettext(original) % found.groupdict()
    return stored


@lru_cache(maxsize=256)
def _pattern(original: str) -> re.Pattern[str]:
    parts = _PLACE.split(original)  # Texts, and between them the names of places.
    seen: set[str] = set()
    pattern = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += f"(?P={part})" if part in seen else f"(?P<{part}>.+)"
            seen.add(part)
    return re.compile(pattern, re.DOTALL)
