"""Plots and contact sheets of a testbed run, drawn without a display."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from miniature.testbed.results import CurvePoint, RoundResult
from workbench.axes import AXES
from workbench.files import whole_file

mpl.use("Agg")

_PROXY, _GOLD = "#b5542f", "#2f6f8f"
_SCALE = 2
_GAP_PX = 6
_TITLE_PX = 16


def draw_curves(path: Path, rounds: list[RoundResult]) -> None:
    """Proxy and gold over the steps of refinement: a row for each round, a column per adapter."""
    names = list(rounds[0].lessons)
    figure = Figure(figsize=(3.6 * len(names), 2.8 * len(rounds)), layout="constrained")
    grid = figure.subplots(len(rounds), len(names), squeeze=False, sharex=True)
    for row, one in zip(grid, rounds, strict=True):
        for axes, name in zip(row, names, strict=True):
            _draw_curve(axes, one.lessons[name].curve)
            axes.set_title(f"{name}, round {one.number}", fontsize=10)
    for axes in grid[-1]:
        axes.set_xlabel("steps of refinement")
    for axes in grid[:, 0]:
        axes.set_ylabel("gain over the base (sd)")
    grid[0, 0].legend(fontsize=8, frameon=False)
    _save(figure, path)


def draw_effects(path: Path, rounds: list[RoundResult]) -> None:
    """Win rates over the base: adapters down, gold axes across, one matrix for each round."""
    names = list(rounds[0].lessons)
    figure = Figure(figsize=(3.2 * len(rounds) + 0.6, 0.8 * len(names) + 1.4), layout="constrained")
    for axes, one in zip(figure.subplots(1, len(rounds), squeeze=False)[0], rounds, strict=True):
        rates = np.array(
            [[one.lessons[name].effects[axis].win_rate.value for axis in AXES] for name in names]
        )
        axes.imshow(rates, cmap="RdBu", vmin=0, vmax=1, aspect="auto")
        for row, column in np.ndindex(*rates.shape):
            is_dark = abs(rates[row, column] - 0.5) > 0.3
            axes.text(column, row, f"{rates[row, column]:.0%}", ha="center", va="center",
                      color="white" if is_dark else "black")  # fmt: skip
        axes.set_xticks(range(len(AXES)), [f"gold {axis}" for axis in AXES])
        axes.set_yticks(range(len(names)), names)
        axes.set_title(f"win rate, round {one.number}", fontsize=10)
    _save(figure, path)


def draw_sheet(path: Path, rows: Mapping[str, NDArray[np.uint8]]) -> None:
    """Pictures, uint8 (n, h, w, 3) in each row, below their row's name, enlarged smoothly."""
    count, height, width, _ = next(iter(rows.values())).shape
    across, down = width * _SCALE + _GAP_PX, height * _SCALE + _TITLE_PX + _GAP_PX
    sheet = Image.new("RGB", (count * across + _GAP_PX, len(rows) * down), "white")
    draw = ImageDraw.Draw(sheet)
    for row, (name, pictures) in enumerate(rows.items()):
        draw.text((_GAP_PX, row * down + 2), name, "black")
        for column, picture in enumerate(pictures):
            enlarged = Image.fromarray(picture).resize(
                (width * _SCALE, height * _SCALE), Image.Resampling.BICUBIC
            )
            sheet.paste(enlarged, (_GAP_PX + column * across, row * down + _TITLE_PX))
    with whole_file(path) as partial:
        sheet.save(partial)


def _draw_curve(axes: Axes, curve: list[CurvePoint]) -> None:
    steps = [point.step for point in curve]
    for label, colour, found in (
        ("proxy reward", _PROXY, [point.proxy for point in curve]),
        ("gold utility", _GOLD, [point.gold for point in curve]),
    ):
        axes.plot(steps, [one.value for one in found], color=colour, marker="o", ms=3, label=label)
        low, high = [one.low for one in found], [one.high for one in found]
        axes.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.axhline(0, color="grey", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def _save(figure: Figure, path: Path) -> None:
    with whole_file(path) as partial:
        figure.savefig(partial, dpi=110)
