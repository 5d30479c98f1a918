"""Plots of a reward model's card: loss, reliability and accuracy by group; drawn without a display.

A plot without anything to show is not drawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rlhf._breakdown import Breakdown
from rlhf._calibration import Bin
from rlhf._fitness import CHANCE
from rlhf._intervals import Accuracy
from rlhf._reward_report import RewardReport, SplitReport
from workbench.files import whole_file

mpl.use("Agg")

LOSS, RELIABILITY, ACCURACY = "loss.png", "reliability.png", "accuracy.png"

_DARK, _WARM, _PALE = "#2f6f8f", "#b5542f", "#8a8a8a"
_DPI = 130
_NAME_LENGTH = 44


def draw_report(folder: Path, report: RewardReport) -> None:
    """Draw into the run folder what its metrics.jsonl and its report hold."""
    steps = folder / "metrics.jsonl"
    if steps.is_file():
        draw_losses(folder / LOSS, steps)
    calibration = report.measures.calibration
    if calibration and calibration.n:
        figure = Figure(figsize=(4.6, 4.2), layout="constrained")
        axes = figure.subplots()
        for name, colour, error, bins in (
            ("as trained", _WARM, calibration.ece_before, calibration.bins_before),
            (f"T = {calibration.temperature:.2g}", _DARK, calibration.ece_after,
             calibration.bins_after),
        ):  # fmt: skip
            _draw_bins(axes, f"{name}, ECE {error:.3f}", colour, bins)
        _finish_reliability(axes, calibration.n)
        _save(figure, folder / RELIABILITY)
    if report.splits["test"].n:
        draw_accuracy(folder / ACCURACY, report.splits["test"], report.measures.breakdown)


def draw_losses(path: Path, steps: Path) -> None:
    """Training and validation loss of Eq. 9 over the optimizer steps of a metrics.jsonl."""
    lines = [json.loads(line) for line in steps.read_text(encoding="utf-8").splitlines()]
    figure = Figure(figsize=(4.6, 3.0), layout="constrained")
    axes = figure.subplots()
    for key, name, colour in (("loss", "training", _WARM), ("eval_loss", "validation", _DARK)):
        told = [(line["step"], line[key]) for line in lines if line.get(key) is not None]
        if told:
            axes.plot(*zip(*told, strict=True), color=colour, marker="o", ms=3, label=name)
    axes.axhline(np.log(2), color=_PALE, linewidth=1, linestyle="--", label="a coin (log 2)")
    axes.set(xlabel="optimizer steps", ylabel="loss (Eq. 9)")
    axes.set_ylim(bottom=0)
    _bare(axes)
    axes.legend(fontsize=8, frameon=False)
    _save(figure, path)


def draw_accuracy(path: Path, test: SplitReport, breakdown: Breakdown) -> None:
    """Accuracy with ties on the test pairs, whole and in groups, with its 95 % intervals."""
    rows = _accuracy_rows(test, breakdown)
    figure = Figure(figsize=(6.4, 0.8 + 0.25 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for place, (_, found) in enumerate(rows):
        if found is not None:
            _draw_interval(axes, place, found, _WARM if place == 0 else _DARK)
    _draw_mark(axes, CHANCE, "chance ", len(rows), ha="right", color=_PALE, linestyle="--")
    if test.human_ceiling is not None:
        _draw_mark(axes, test.human_ceiling, " annotators", len(rows), ha="left", color="black",
                   linestyle=":")  # fmt: skip
    _beyond(axes, -1, "pairs", _PALE)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set(xlim=(0, 1), ylim=(len(rows) - 0.4, -1.5), xlabel="accuracy with ties")
    axes.tick_params(axis="y", length=0)
    _bare(axes)
    axes.spines["left"].set_visible(False)
    for label, (_, found) in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_color(_PALE if found is None else "black")
    _save(figure, path)


def _draw_interval(axes: Axes, place: int, found: Accuracy, colour: str) -> None:
    axes.plot([found.low, found.high], [place] * 2, color=colour, linewidth=1.6, alpha=0.6)
    axes.plot(found.accuracy, place, color=colour, marker="o", ms=5, clip_on=False)
    _beyond(axes, place, f"{found.n}", "black")


def _draw_mark(
    axes: Axes, x: float, name: str, rows: int, *, ha: str, color: str, linestyle: str
) -> None:
    """A line through all rows with its name above them."""
    axes.plot([x, x], [-1.3, rows - 0.4], color=color, linestyle=linestyle, linewidth=1, zorder=0)
    axes.text(x, -1, name, ha=ha, va="center", fontsize=8, color=color)


def _beyond(axes: Axes, place: int, text: str, colour: str) -> None:
    """Text to the right of a row."""
    axes.text(1.1, place, text, va="center", ha="right", fontsize=8, color=colour,
              transform=axes.get_yaxis_transform())  # fmt: skip


def _draw_bins(axes: Axes, name: str, colour: str, bins: Mapping[str, Bin]) -> None:
    """One point for each bin, its area by its share of the pairs."""
    found = list(bins.values())
    total = sum(one.n for one in found)
    said = [one.confidence for one in found]
    voted = [one.agreement for one in found]
    axes.plot(said, voted, color=colour, linewidth=1, alpha=0.5)
    areas = [15 + 500 * one.n / total for one in found]
    axes.scatter(said, voted, s=areas, color=colour, alpha=0.75, linewidth=0, label=name)


def _finish_reliability(axes: Axes, n: int) -> None:
    axes.plot([0.5, 1], [0.5, 1], color=_PALE, linewidth=1, linestyle="--", label="as it says")
    axes.set(
        xlim=(0.49, 1.01),
        ylim=(-0.03, 1.03),
        xlabel="share of votes that the model expects",
        ylabel="share of votes found",
        title=f"{n} test pairs by confidence",
    )
    axes.title.set_fontsize(10)
    _bare(axes)
    # Areas tell bins apart; in the legend they would only be in the way.
    axes.legend(fontsize=8, frameon=False, loc="lower right", markerscale=0.5)


def _accuracy_rows(test: SplitReport, breakdown: Breakdown) -> list[tuple[str, Accuracy | None]]:
    """Names with accuracies; a heading has none."""
    assert test.accuracy is not None
    assert test.accuracy_low is not None
    assert test.accuracy_high is not None
    whole = Accuracy(test.n, test.n_clips, test.accuracy, test.accuracy_low, test.accuracy_high)
    rows: list[tuple[str, Accuracy | None]] = [("all test pairs", whole)]
    for title, groups in (
        ("comparison", breakdown.by_kind),
        ("votes by", breakdown.by_source),
        ("painted by", breakdown.by_painter),
        ("votes were", breakdown.by_margin),
    ):
        rows.append((title, None))
        rows.extend((_shortened(name), found) for name, found in groups.items())
    return rows


def _shortened(name: str) -> str:
    return name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - 1] + "…"


def _bare(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_fontsize(9)


def _save(figure: Figure, path: Path) -> None:
    with whole_file(path) as partial:
        figure.savefig(partial, dpi=_DPI)
