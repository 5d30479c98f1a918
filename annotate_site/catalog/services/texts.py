from __future__ import annotations

from annotate_site.core.exceptions import Refused


def checked_text(label: str, value: str, *, most: int) -> str:
    """The text without blanks around it. Refused when too long or not storable."""
    text = value.strip()
    if "\0" in text:
        raise Refused(f"the {label} holds a NUL character")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Refused(f"the {label} holds bytes that are no UTF-8")
    if len(text) > most:
        raise Refused(f"the {label} has {len(text)} characters; at most {most} fit")
    return text
