"""What `musepainter describe` found, in a few words for people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from annotate_site.catalog.models import Clip

# Label, descriptor and field of its value, in the order on screen.
_FACTS = (
    (_("Key"), "key", "value"),
    (_("Tempo"), "tempo", "bpm"),
    (_("Metre"), "time_signature", "value"),
    (_("Instrument"), "instrument", "value"),
    (_("Style"), "style", "value"),
    (_("Mood"), "mood", "value"),
)
_MEASURED = 3


def descriptor_facts(clip: Clip) -> list[tuple[str, str]]:
    """Label and value of each descriptor that is known."""
    return _facts(clip, len(_FACTS))


def measured_facts(clip: Clip) -> list[str]:
    """Key, tempo and metre, as far as they are known."""
    return [value for _, value in _facts(clip, _MEASURED)]


def _facts(clip: Clip, count: int) -> list[tuple[str, str]]:
    found = []
    for label, descriptor, field in _FACTS[:count]:
        value = _value(clip.descriptors, descriptor, field)
        if value is not None:
            text = f"{value:.0f} bpm" if isinstance(value, float | int) else str(value)
            found.append((str(label), text))
    return found


def _value(descriptors: Any, descriptor: str, field: str) -> str | float | None:
    entry = descriptors.get(descriptor) if isinstance(descriptors, dict) else None
    value = entry.get(field) if isinstance(entry, dict) else None
    return value if isinstance(value, str | float | int) else None
