"""report.md: what was found, how to read it, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rlhf.effects.plots import CURVES, MATRIX, WIN_RATES
from rlhf.effects.results import Exhibit, Results
from rlhf.effects.tables import tables_of
from workbench.axes import AXIS_NAMES, Axis
from workbench.files import whole_file
from workbench.tables import markdown_table, share

REPORT, RESULTS, SHEET = "report.md", "results.json", "contact_sheet.png"

# Below so many clips an interval by resampling them is too narrow.
_FEW_CLIPS = 20


def write_report(folder: Path, results: Results, sheets: Mapping[Axis, Path]) -> None:
    """sheets: pictures step by step, in the folder itself."""
    with whole_file(folder / REPORT) as partial:
        partial.write_text("\n".join(_lines(results, sheets)) + "\n", encoding="utf-8")


def findings(results: Results) -> Iterator[str]:
    """One sentence for each adapter, by the judges."""
    for shown in results.exhibits:
        if shown.kind == "adapter":
            yield _finding(shown, results)


def _lines(results: Results, sheets: Mapping[Axis, Path]) -> Iterator[str]:
    yield from ("# What the adapters do, beside the base painter", "")
    yield from (f"- {sentence}" for sentence in findings(results))
    yield from (f"- {sentence}" for sentence in cautions(results))
    yield from ("", circumstances(results), "")
    yield from (f"![Effect matrix]({MATRIX})", "", f"![Win rates]({WIN_RATES})", "")
    for table in tables_of(results):
        yield from markdown_table(table)
    yield from _mixing(results)
    yield from ("## Pictures", "", "Same prompt and noise in each row.", "")
    yield from (f"![Base and adapters]({SHEET})", "")
    for axis, path in sheets.items():
        yield from (f"![{AXIS_NAMES[axis]}, step by step]({path.name})", "")
    yield from ("## Where it comes from", "")
    yield from (f"- {name}: `{sha256}`" for name, sha256 in results.hashes.items())


def _finding(shown: Exhibit, results: Results) -> str:
    if shown.axis not in results.axes:
        return f"**{shown.name}**: its own axis was not measured; give its reward model."
    own = shown.effects[shown.axis].judged.win_rate
    others = [
        f"{axis} {share(one.judged.win_rate)}"
        for axis, one in shown.effects.items()
        if axis != shown.axis
    ]
    sentence = (
        f"**{shown.name}** ({AXIS_NAMES[shown.axis]}) wins {share(own)} over the base on its own "
        f"axis by the judges"
    )
    if others:
        sentence += f"; elsewhere {', '.join(others)}"
    if shown.over_best_of:
        rival = share(shown.over_best_of.win_rate)
        sentence += f"; {rival} over best of {results.settings.best_of}"
    if shown.at_equal_cost:
        rival = share(shown.at_equal_cost.win_rate)
        sentence += (
            f"; at equal painting cost, its best of {results.settings.best_of} wins {rival} over "
            "the base's"
        )
    if shown.over_control:
        sentence += f"; {share(shown.over_control.win_rate)} over its shuffled control"
    return sentence + "."


def cautions(results: Results) -> Iterator[str]:
    if results.n_clips < _FEW_CLIPS:
        yield (
            f"Only {results.n_clips} clips: a handful hardly varies when it is resampled, so the "
            "intervals are too narrow."
        )
    for axis, lineage in results.lineage.items():
        if lineage.taught_by_given is False:
            yield (
                f"The adapter for {axis} was taught by another reward model than the one given, so "
                "its asked heads are not what was optimised."
            )
        if not lineage.same_snapshot:
            yield (
                f"The adapter for {axis} was trained on another snapshot: these clips were held "
                "out from it only if both snapshots split them alike."
            )
    for axis in results.strangers:
        yield (
            f"The reward model for {axis} learned on another snapshot, perhaps on these very clips."
        )
    uncontrolled = [axis for axis in results.lineage if axis not in results.controls]
    if uncontrolled:
        yield (
            f"No shuffled control was given for {', '.join(uncontrolled)}: how much of the gain "
            "has nothing to do with the clip is not known. Refine once more with --targets "
            "shuffled, and give that run as --control."
        )
    if results.cut_prompts:
        yield (
            f"{len(results.cut_prompts)} prompts are longer than the painter reads; results.json "
            "says what was cut off."
        )
    yield (
        "Judges learned from the same votes as the heads that taught; they show whether these are "
        "exploited, not what people think. Let people compare the pictures."
    )


def circumstances(results: Results) -> str:
    return (
        f"{results.n} pictures by each painter for {results.n_clips} held-out clips (validation "
        f"and test), {results.steps} steps, guidance {results.guidance:g}, profile "
        f"{results.profile}; the same prompts and noise for all. Intervals: 95 %, whole clips "
        f"resampled {results.settings.resamples} times."
    )


def _mixing(results: Results) -> Iterator[str]:
    if results.curves:
        yield from (f"![Response curves]({CURVES})", "")
    yield from (weight_zero(results), "")


def weight_zero(results: Results) -> str:
    return (
        f"With all adapters loaded and at weight 0, the {results.n_curve} pictures painted for "
        "this equal those of the base bit for bit; a run in which they do not fails."
    )
