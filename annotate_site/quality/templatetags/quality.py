"""Shares, times and small pictures of them."""

from __future__ import annotations

from django import template

from workbench.proportions import Share

register = template.Library()

_NOTHING = "–"


@register.filter
def share(value: float | None) -> str:
    """0.256 as "26 %"."""
    return _NOTHING if value is None else f"{100 * value:.0f} %"


@register.filter
def interval(value: Share | None) -> str:
    """ "26 % (20–33 %, n = 40)"."""
    if value is None:
        return _NOTHING
    low, high = 100 * value.low, 100 * value.high
    return f"{100 * value.value:.0f} % ({low:.0f}–{high:.0f} %, n = {value.count:,})"


@register.filter
def seconds(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.1f} s"


@register.filter
def from_ms(value: float | None) -> str:
    return seconds(None if value is None else value / 1000)


@register.filter
def two_places(value: float | None) -> str:
    """A number that may be negative, with a real minus sign."""
    return _NOTHING if value is None else f"{value:.2f}".replace("-", "−")
