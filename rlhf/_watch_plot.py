"""The watch as a picture for an adapter's card; drawn without a display."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rlhf._watch_rules import Ending
from workbench.files import whole_file

mpl.use("Agg")

WATCH_PLOT = "watch.png"

_DARK, _WARM, _PALE = "#2f6f8f", "#b5542f", "#8a8a8a"
_GREEN, _PURPLE = "#5f8a3c", "#7d5a9e"
_DPI = 130


def draw_watch(path: Path, ending: Ending) -> None:
    """Rewards above, diversity and adherence as shares of the base's below, over the steps."""
    figure = Figure(figsize=(5.6, 4.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    base = ending.watches[0]
    _draw(above, ending, "reward", "optimised reward", _WARM)
    _draw(above, ending, "judge", "the judges' reward", _DARK)
    above.set(ylabel="reward (sd)")
    _draw(below, ending, "diversity", "diversity", _GREEN, base.diversity)
    _draw(below, ending, "adherence", "adherence", _PURPLE, base.adherence)
    below.axhline(1, color=_PALE, linewidth=1, linestyle="--")
    below.set(xlabel="optimizer steps", ylabel="of the base's")
    step = ending.saved.step
    above.axvline(step, color="black", linewidth=1, linestyle=":", label=f"saved: step {step}")
    below.axvline(step, color="black", linewidth=1, linestyle=":")
    for axes in (above, below):
        _finish(axes)
    with whole_file(path) as partial:
        figure.savefig(partial, dpi=_DPI)


def _draw(
    axes: Axes, ending: Ending, measure: str, name: str, colour: str, unit: float = 1.0
) -> None:
    """One measure over the steps, divided by `unit`; a unit of 0 has no shares to draw."""
    if unit:
        steps = [watch.step for watch in ending.watches]
        values = [watch.means()[measure] / unit for watch in ending.watches]
        axes.plot(steps, values, color=colour, marker="o", ms=3.5, label=name)


def _finish(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_fontsize(9)
    axes.legend(fontsize=8, frameon=False)
