"""An evaluation as people read it: scorers side by side."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from rlhf._breakdown import Groups
from rlhf._intervals import Accuracy
from rlhf.reward_evaluation import Evaluation, Judged
from workbench.axes import AXIS_NAMES


def print_evaluation(evaluation: Evaluation, console: Console) -> None:
    """The test pairs: one row for each scorer, then one column for each in the groups."""
    console.print(_summary(evaluation))
    console.print(_groups(evaluation))
    for name, judged in evaluation.scorers.items():
        for remark in _remarks(judged, evaluation):
            console.print(f"{name} {remark}", style="yellow", markup=False, highlight=False)


def _summary(evaluation: Evaluation) -> Table:
    first = next(iter(evaluation.scorers.values())).measures.splits["test"]
    table = Table(
        title=f"{AXIS_NAMES[evaluation.axis]} ({evaluation.axis}): {first.n} test pairs of "
        f"{first.n_clips} clips, {first.n_ties} even",
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    names = list(evaluation.scorers)
    for heading in ("", "with ties", "decided pairs", "loss", "ECE"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=bool(heading))
    if len(names) > 1:
        table.add_column(f"like {_short(names[0])}", justify="right")
    for name, judged in evaluation.scorers.items():
        table.add_row(*_cells(name, judged), *_likeness(judged, names))
    if first.human_ceiling is not None:
        table.add_row("annotator", f"{first.human_ceiling:.2f}", style="dim")
    return table


def _cells(name: str, judged: Judged) -> Iterator[str]:
    test, calibration = judged.measures.splits["test"], judged.measures.calibration
    yield _short(name)
    yield f"{test.accuracy:.2f} [{test.accuracy_low:.2f}, {test.accuracy_high:.2f}]"
    yield _accuracy(test.decided)
    if calibration is None:
        yield from ("–", "–")
    else:
        yield from (f"{calibration.loss_after:.3f}", f"{calibration.ece_after:.3f}")


def _likeness(judged: Judged, names: list[str]) -> Iterator[str]:
    """Spearman's rho with the first scorer, where there are several."""
    found = judged.beside.get(names[0])
    if found is not None:
        yield "–" if found.spearman is None else f"{found.spearman:+.2f}"
    elif len(names) > 1:
        yield ""


def _groups(evaluation: Evaluation) -> Table:
    table = Table(title="accuracy with ties, in groups", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("")
    table.add_column("n", justify="right")
    for name in evaluation.scorers:
        table.add_column(_short(name), justify="right")
    found = [
        (judged.measures.breakdown.by_kind, judged.measures.breakdown.by_source,
         judged.measures.breakdown.by_painter, judged.measures.breakdown.by_margin)
        for judged in evaluation.scorers.values()
    ]  # fmt: skip
    for each in zip(*found, strict=True):
        _add_groups(table, each)
    return table


def _add_groups(table: Table, each: tuple[Groups, ...]) -> None:
    """One row for each group; `each` holds the same groups for every scorer."""
    for group, counted in each[0].items():
        table.add_row(group, f"{counted.n}", *(f"{groups[group].accuracy:.2f}" for groups in each))
    table.add_section()


def _remarks(judged: Judged, evaluation: Evaluation) -> Iterator[str]:
    if judged.trained_axis not in (None, evaluation.axis):
        yield f"was trained on the axis {judged.trained_axis}"
    if judged.trained_on not in (None, evaluation.snapshot_sha256):
        yield "learned from another snapshot: clips of its training may be among the test clips"


def _accuracy(found: Accuracy | None) -> str:
    return "–" if found is None else f"{found.accuracy:.2f} [{found.low:.2f}, {found.high:.2f}]"


def _short(name: str) -> str:
    """The last two parts of a path tell runs apart."""
    return "/".join(name.rstrip("/").split("/")[-2:])
