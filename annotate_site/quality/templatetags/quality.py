"""Shares, times and small pictures of them."""

from __future__ import annotations

from typing import Any

from django import template

from annotate_site.quality import charts
from annotate_site.quality.measures.report import AxisFigures
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
    return f"{100 * value.value:.0f} % ({low:.0f}–{high:.0f} %, n = {value.trials:,})"


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


@register.inclusion_tag("quality/chart_share.html")
def share_chart(value: Share | None) -> dict[str, Any]:
    """A share with its interval on a line from 0 to 1, a half marked."""
    return {
        "whisker": value and charts.share_whisker(value),
        "half": charts.place(0.5, 0.0),
        "text": interval(value),
    }


@register.inclusion_tag("quality/chart_alpha.html")
def alpha_chart(figures: AxisFigures) -> dict[str, Any]:
    """Alpha with its interval. Bands after Krippendorff: tentative from 0.667, good from 0.8."""
    alpha, low, high = figures.alpha, figures.low, figures.high
    least = min(0.0, -0.2 if low is not None and low < 0 else 0.0)
    drawn = None
    if alpha is not None and low is not None and high is not None:
        drawn = charts.whisker(alpha, low, high, least=least)
    fair, good, end = (charts.place(value, least) for value in (2 / 3, 0.8, 1.0))
    return {
        "whisker": drawn,
        "start": charts.place(least, least),
        "zero": charts.place(0.0, least),
        "fair": fair,
        "good": good,
        "fair_width": round(good - fair, 1),
        "good_width": round(end - good, 1),
        "end": end,
        "least": least,
    }


@register.filter
def a_day(value: float) -> str:
    """A pace: one place after the point below 10, whole numbers with commas above."""
    return f"{value:,.1f}" if value < 10 else f"{value:,.0f}"
