"""The Range header, as far as a media player uses it (RFC 9110, section 14)."""

from __future__ import annotations

import re
from typing import NamedTuple

_ONE_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class ByteRange(NamedTuple):
    first: int
    last: int
    """Inclusive, as in the header."""

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class NotSatisfiable(Exception):
    """The range lies behind the end."""


def parse_range(header: str, size: int) -> ByteRange | None:
    """The one range that is asked of `size` bytes; None when everything is to be sent.

    Malformed headers and lists of several ranges are ignored, which the standard allows.
    """
    match = _ONE_RANGE.fullmatch(header)
    if match is None or match.groups() == ("", ""):
        return None
    start, end = match.groups()
    if not start:
        first, last = max(0, size - int(end)), size - 1
        # The last 0 bytes: there is no such range.
        if int(end) == 0:
            raise NotSatisfiable
    else:
        first, last = int(start), min(int(end), size - 1) if end else size - 1
        if end and int(end) < first:
            return None
    if first >= size:
        raise NotSatisfiable
    return ByteRange(first, last)
