"""Plots of a measurement, drawn without a display: effect matrix, win rates, response curves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rlhf.effects.results import CurvePoint, Exhibit, Results
from workbench.axes import AXIS_NAMES, Axis
from workbench.files import whole_file
from workbench.measures import Effect

mpl.use("Agg")

MATRIX, WIN_RATES, CURVES = "effect_matrix.png", "win_rates.png", "response_curves.png"

_COLOURS: dict[Axis, str] = {"emo": "#b5542f", "con": "#2f6f8f", "cre": "#6a8f2f"}
_PALE = "#8a8a8a"
_DPI = 130
_HEADING_LETTERS = 20


def draw_plots(folder: Path, results: Results) -> None:
    draw_matrix(folder / MATRIX, results)
    draw_win_rates(folder / WIN_RATES, results)
    if results.curves:
        draw_curves(folder / CURVES, results)


def draw_matrix(path: Path, results: Results) -> None:
    """Win rates by the judges: a row for each way to get pictures, a column for each axis."""
    rows, axes_measured = results.exhibits, results.axes
    effects = [[row.effects[axis].judged for axis in axes_measured] for row in rows]
    size = (2.4 + 1.75 * len(axes_measured), 1.4 + 0.62 * len(rows))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    rates = np.array([[one.win_rate.value for one in row] for row in effects])
    axes.imshow(rates, cmap="RdBu", vmin=0, vmax=1, aspect="auto")
    for row, column in np.ndindex(*rates.shape):
        _write_cell(axes, row, column, effects[row][column])
    for before in _borders(rows):
        axes.axhline(before - 0.5, color="white", linewidth=5)
    axes.set_xticks(range(len(axes_measured)), [_headed(axis) for axis in axes_measured])
    axes.set_yticks(range(len(rows)), [row.name for row in rows])
    axes.tick_params(length=0, labelsize=9)
    axes.xaxis.tick_top()
    axes.spines[:].set_visible(False)
    axes.set_xlabel("win rate over the base by the judges, 95 % interval, gain in sd", fontsize=8)
    _save(figure, path)


def draw_win_rates(path: Path, results: Results) -> None:
    """One panel for each axis: the judges filled, the asked heads hollow."""
    rows = results.exhibits
    size = (1.8 + 2.5 * len(results.axes), 1.3 + 0.42 * len(rows))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(1, len(results.axes), squeeze=False, sharey=True)[0]
    for axes, axis in zip(panels, results.axes, strict=True):
        for place, row in enumerate(rows):
            found, is_own = row.effects[axis], row.axis == axis
            colour = _COLOURS[axis] if is_own else _PALE
            _draw_rate(axes, place + 0.17, found.asked, colour, is_filled=False)
            _draw_rate(axes, place - 0.17, found.judged, colour, is_filled=True)
        axes.axvline(0.5, color="black", linewidth=0.8, linestyle="--", zorder=0)
        axes.set(xlim=(-0.03, 1.03), xlabel="win rate over the base")
        axes.set_title(_headed(axis), fontsize=9)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "50 %", "", "100 %"])
        _bare(axes)
    panels[0].set_yticks(range(len(rows)), [row.name for row in rows])
    panels[0].set_ylim(len(rows) - 0.5, -0.5)
    figure.suptitle("filled: by the judges; hollow: by the heads that taught or chose; "
                    "coloured: the own axis", fontsize=8, color=_PALE)  # fmt: skip
    _save(figure, path)


def draw_curves(path: Path, results: Results) -> None:
    """One panel for each adapter: gains by the judges against its weight."""
    count = len(results.curves)
    figure = Figure(figsize=(0.9 + 2.9 * count, 3.1), layout="constrained")
    panels = figure.subplots(1, count, squeeze=False, sharey=True)[0]
    for axes, (adapter, points) in zip(panels, results.curves.items(), strict=True):
        for axis in results.axes:
            _draw_curve(axes, axis, points, is_own=axis == adapter)
        axes.axhline(0, color="black", linewidth=0.8, linestyle="--", zorder=0)
        axes.axvline(1, color=_PALE, linewidth=0.8, linestyle=":", zorder=0)
        weights = [point.weight for point in points]
        axes.set_xticks(weights, [f"{weight:g}" for weight in weights])
        axes.set_xlabel(f"weight of the adapter for {adapter}")
        _bare(axes)
    panels[0].set_ylabel("gain over the base (sd, by the judges)", fontsize=9)
    figure.suptitle(f"{results.n_curve} pictures at each weight, the other adapters off; bands: "
                    "95 % intervals over clips", fontsize=8, color=_PALE)  # fmt: skip
    panels[-1].legend(fontsize=8, frameon=False, title="on", title_fontsize=8)
    _save(figure, path)


def _write_cell(axes: Axes, row: int, column: int, found: Effect) -> None:
    rate = found.win_rate
    colour = "white" if abs(rate.value - 0.5) > 0.3 else "black"
    axes.text(column, row - 0.13, f"{rate.value:.0%}", ha="center", va="center", fontsize=12,
              color=colour)  # fmt: skip
    axes.text(column, row + 0.27, f"[{rate.low:.0%}, {rate.high:.0%}]  {found.gain.value:+.2f} sd",
              ha="center", va="center", fontsize=7, color=colour)  # fmt: skip


def _borders(rows: Sequence[Exhibit]) -> list[int]:
    """Rows before which another kind begins."""
    return [i for i in range(1, len(rows)) if rows[i].kind != rows[i - 1].kind]


def _draw_rate(axes: Axes, place: float, found: Effect, colour: str, *, is_filled: bool) -> None:
    rate = found.win_rate
    axes.plot([rate.low, rate.high], [place] * 2, color=colour, linewidth=1.5, alpha=0.6)
    axes.plot(rate.value, place, marker="o", ms=6, color=colour, clip_on=False,
              markerfacecolor=colour if is_filled else "white")  # fmt: skip


def _draw_curve(axes: Axes, axis: Axis, points: Sequence[CurvePoint], *, is_own: bool) -> None:
    weights = [point.weight for point in points]
    gains = [point.gains[axis] for point in points]
    axes.plot(weights, [one.value for one in gains], color=_COLOURS[axis], marker="o", ms=4,
              linewidth=2.4 if is_own else 1.2, label=axis)  # fmt: skip
    axes.fill_between(weights, [one.low for one in gains], [one.high for one in gains],
                      color=_COLOURS[axis], alpha=0.15, linewidth=0)  # fmt: skip


def _headed(axis: Axis) -> str:
    return f"{axis}\n" + fill(AXIS_NAMES[axis], _HEADING_LETTERS)


def _bare(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.xaxis.label.set_fontsize(9)


def _save(figure: Figure, path: Path) -> None:
    with whole_file(path) as partial:
        figure.savefig(partial, dpi=_DPI)
