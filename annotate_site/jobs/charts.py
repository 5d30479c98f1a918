"""metrics.jsonl as curves that a template can draw as SVG."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext

from annotate_site.jobs.curve_words import HELD_OUT, TEST, TRAINING, quantity_words

WIDTH, HEIGHT = 320, 130

_MARGIN = 6
_MOST_POINTS = 240
_MOST_BYTES = 8 << 20
_UNDRAWN = {"epoch"}  # It only says again which step it is.
# How the parts of a family are written in metrics.jsonl, and what people call them.
_PARTS = {
    "train": TRAINING,
    "validation": HELD_OUT,
    "eval": HELD_OUT,
    "test": TEST,
    "watch": HELD_OUT,
}


@dataclass(frozen=True)
class Curve:
    """One measured quantity over the steps, in the coordinates of its panel."""

    label: str
    points: str
    last: float
    colour: int
    """Its place among the colours of lines, from 1."""
    end_x: float
    end_y: float


@dataclass(frozen=True)
class Panel:
    """Curves that share their axes: the training and the validation loss, say."""

    title: str
    curves: list[Curve]
    lowest: float
    highest: float
    first_step: int
    last_step: int


Series = list[tuple[int, float]]


def panels_of(metrics: Path) -> list[Panel]:
    """One panel for each quantity, those measured on several splits first.

    A file that is absent or has no numbers yet gives none.
    """
    families: dict[str, dict[str, Series]] = defaultdict(dict)
    for name, series in _series_of(metrics).items():
        quantity, part = _family(name)
        families[quantity][part] = series
    panels = [
        _panel(quantity_words(quantity), _drawn(parts)) for quantity, parts in families.items()
    ]
    return sorted(panels, key=lambda panel: -len(panel.curves))


def overlaid_panels(files: Sequence[Path], names: Sequence[str]) -> list[Panel]:
    """One panel for each of `names`, with a curve for each file that measured it.

    The curve of the n-th file is labelled "n", from 1; quantities that no file has are left out.
    """
    measured = [_series_of(path) for path in files]
    panels = []
    for name in names:
        parts = {str(n): each[name] for n, each in enumerate(measured, start=1) if name in each}
        if parts:
            quantity, part = _family(name)
            split = gettext(part or _PARTS["train"])
            panels.append(_panel(f"{quantity_words(quantity)}, {split}", parts))
    return panels


def _series_of(metrics: Path) -> dict[str, Series]:
    series: dict[str, Series] = defaultdict(list)
    for line in _lines(metrics):
        step = line.pop("step", None)
        if isinstance(step, int):
            for name, value in line.items():
                if isinstance(value, int | float) and name not in _UNDRAWN:
                    series[name].append((step, float(value)))
    return series


def _lines(metrics: Path) -> Iterator[dict[str, object]]:
    try:
        with metrics.open("rb") as stream:
            stream.seek(max(0, metrics.stat().st_size - _MOST_BYTES))
            lines = stream.read().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            content = json.loads(line)
        except ValueError:
            continue  # The first one may be cut, the last one half-written.
        if isinstance(content, dict):
            yield content


def _family(name: str) -> tuple[str, str]:
    """("loss", "held-out") of "eval_loss"; a quantity on its own has no part."""
    for part, called in _PARTS.items():
        if name.startswith(f"{part}_"):
            return name.removeprefix(f"{part}_"), called
    return name, ""


def _drawn(parts: dict[str, Series]) -> dict[str, Series]:
    """A single point beside a curve is a trainer's summary; a curve beside others has a name."""
    if any(len(series) > 1 for series in parts.values()):
        parts = {part: series for part, series in parts.items() if len(series) > 1}
    if len(parts) == 1:
        return parts
    return {part or _PARTS["train"]: series for part, series in parts.items()}


def _panel(title: str, parts: dict[str, Series]) -> Panel:
    steps = [step for series in parts.values() for step, _ in series]
    values = [value for series in parts.values() for _, value in series]
    panel = Panel(title, [], min(values), max(values), min(steps), max(steps))
    for place, (part, series) in enumerate(parts.items(), start=1):
        colour = int(part) if part.isdigit() else place
        panel.curves.append(_curve(part, colour, _thinned(series), panel))
    return panel


def _curve(label: str, colour: int, series: Series, panel: Panel) -> Curve:
    places = [
        (
            _scaled(step, panel.first_step, panel.last_step, _MARGIN, WIDTH - _MARGIN),
            _scaled(value, panel.lowest, panel.highest, HEIGHT - _MARGIN, _MARGIN),
        )
        for step, value in series
    ]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    end_x, end_y = places[-1]
    label = gettext(label) if label else ""
    return Curve(label, points, series[-1][1], colour, round(end_x, 1), round(end_y, 1))


def _thinned(series: Series) -> Series:
    """Evenly chosen points, the last one always among them."""
    stride = -(-len(series) // _MOST_POINTS)
    return list(_every(series, stride))


def _every(series: Series, stride: int) -> Iterable[tuple[int, float]]:
    offset = (len(series) - 1) % stride
    return series[offset::stride]


def _scaled(value: float, low: float, high: float, start: float, end: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return start + share * (end - start)
