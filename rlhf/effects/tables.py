"""The results of a measurement as tables of words, for the terminal and for report.md alike."""

from __future__ import annotations

from collections.abc import Iterator

from rlhf.effects.results import Drift, Exhibit, Results
from workbench.axes import Axis
from workbench.measures import Effect
from workbench.tables import Table, gain, share

_NONE = "–"


def tables_of(results: Results) -> Iterator[Table]:
    yield _judged_wins(results)
    yield _judged_gains(results)
    yield _asked_wins(results)
    yield _asked_gains(results)
    yield _cost_table(results)
    if results.controls:
        yield _control_table(results)
    yield _likeness_table(results)
    yield _drift_table(results)
    if results.curves:
        yield _curve_table(results)


def _judged_wins(results: Results) -> Table:
    rows = [
        [shown.name, *(share(one.judged.win_rate) for one in shown.effects.values())]
        for shown in results.exhibits
    ]
    return Table(
        "Win rate over the base, by the judges",
        ("", *results.axes),
        rows,
        "On the same prompts and noise; equal rewards count half. Judges are heads of the reward "
        "models that nothing was optimised against or chosen by: believe these, as far as reward "
        "models are to be believed.",
    )


def _judged_gains(results: Results) -> Table:
    rows = [
        [shown.name, *(gain(one.judged.gain) for one in shown.effects.values())]
        for shown in results.exhibits
    ]
    return Table(
        "Gain over the base, by the judges",
        ("", *results.axes),
        rows,
        "Mean difference of the rewards, in sd of the base's pictures.",
    )


def _asked_wins(results: Results) -> Table:
    rows = [
        [shown.name, *(share(one.asked.win_rate) for one in shown.effects.values())]
        for shown in results.exhibits
    ]
    return Table(
        "Win rate over the base, by the heads that were asked",
        ("", *results.axes),
        rows,
        "These heads taught the adapter or chose the picture of best-of-n, and so flatter their "
        "own axis.",
    )


def _asked_gains(results: Results) -> Table:
    rows = [
        [
            shown.name,
            *(gain(one.asked.gain) for one in shown.effects.values()),
            _surplus(shown, results),
        ]
        for shown in results.exhibits
    ]
    return Table(
        "Gain over the base, by the heads that were asked",
        ("", *results.axes, "surplus"),
        rows,
        "In sd of the base's pictures. Surplus: gain on the own axis less that by the judges, "
        "which is what only the teachers believe in.",
    )


def _cost_table(results: Results) -> Table:
    rows = [
        [
            shown.name,
            str(shown.cost),
            *_against(shown.over_best_of),
            *_against(shown.at_equal_cost),
        ]
        for shown in results.exhibits
    ]
    count = results.settings.best_of
    return Table(
        "What a picture costs, and adapters against best-of-n",
        (
            *("", "pictures for one", f"one picture wins over best of {count}", "gain"),
            *(f"at equal cost: best of {count} wins", "gain"),
        ),
        rows,
        "Best-of-n needs no training and paints n pictures for each that it keeps; an adapter is "
        "trained once and paints one. At equal cost, the adapter paints n as well and keeps the "
        "best by the same reward. Both against best-of-n of the base by the adapter's own axis, "
        "as the judges see them; gain in sd of the base.",
    )


def _control_table(results: Results) -> Table:
    controls = {shown.axis: shown for shown in results.exhibits if shown.kind == "control"}
    rows = []
    for shown in results.exhibits:
        if shown.kind != "adapter" or shown.axis not in results.axes or shown.axis not in controls:
            continue
        own = shown.effects[shown.axis].judged.win_rate
        astray = controls[shown.axis].effects[shown.axis].judged.win_rate
        rows.append([shown.name, share(own), share(astray), *_against(shown.over_control)])
    return Table(
        "Beside the shuffled control",
        ("", "wins over the base", "its control does", "wins over its control", "gain"),
        rows,
        "The control was rewarded for other clips' music and text, by the same procedure. What it "
        "gains as well has nothing to do with the clip; on an axis that is about the picture "
        "itself, such as cre, it may gain all of it.",
    )


def _against(found: Effect | None) -> tuple[str, str]:
    return (share(found.win_rate), gain(found.gain)) if found else (_NONE, _NONE)


def _likeness_table(results: Results) -> Table:
    base = results.ground.likeness
    first = [
        "base",
        f"{base.diversity.across:.3f}",
        _NONE if base.diversity.within is None else f"{base.diversity.within:.3f}",
        share(base.adherence),
        _NONE,
    ]
    rows = [
        [
            shown.name,
            _part(shown.diversity_kept.across),
            _part(shown.diversity_kept.within),
            share(shown.likeness.adherence),
            gain(shown.adherence_change),
        ]
        for shown in results.exhibits
    ]
    return Table(
        "Diversity and adherence",
        ("", "diversity across", "within a prompt", "adherence", "its change"),
        [first, *rows],
        "Diversity across prompts and within one: mean cosine distance of embeddings; of the base "
        "itself, then as a share of it. "
        "Adherence: share of the other prompts that fit the picture worse than its own by the "
        "embedder's text tower, which nothing was optimised against; chance is 50 %.",
    )


def _drift_table(results: Results) -> Table:
    rows = [[shown.name, *_drift_cells(shown.drift)] for shown in results.exhibits]
    if results.ground.floor:
        rows.insert(0, ["base, other noise", *_drift_cells(results.ground.floor)])
    found = results.exhibits[0].drift.frechet
    biased = (
        f" With n = {found.n} pictures in d = {found.d} dimensions it is BIASED upwards (n ≤ d): "
        "read it against the first line only, never against other reports."
        if found.is_biased
        else ""
    )
    return Table(
        "Drift from the base",
        ("", "Fréchet distance" + (" (biased)" if biased else ""), "distance to the twin"),
        rows,
        "Of embeddings. The twin is the base's picture of the same prompt and noise; its distance "
        f"is 1 - cosine. The first line is what mere other noise does.{biased}",
    )


def _curve_table(results: Results) -> Table:
    rows = [
        [adapter, f"{point.weight:g}", *(gain(found) for found in point.gains.values())]
        for adapter, points in results.curves.items()
        for point in points
    ]
    return Table(
        "Response to the weight",
        ("adapter", "weight", *results.axes),
        rows,
        f"Gain in sd of the base by the judges, on {results.n_curve} pictures at each weight, the "
        "other adapters off.",
    )


def _surplus(shown: Exhibit, results: Results) -> str:
    axis: Axis | None = shown.axis
    if axis not in results.axes:
        return _NONE
    found = shown.effects[axis]
    return f"{found.asked.gain.value - found.judged.gain.value:+.2f}"


def _drift_cells(drift: Drift) -> list[str]:
    paired = drift.paired
    return [
        f"{drift.frechet.value:.4f}",
        f"{paired.value:.4f} [{paired.low:.4f}, {paired.high:.4f}]",
    ]


def _part(kept: float | None) -> str:
    return _NONE if kept is None else f"{kept:.0%}"
