"""What a run leaves for its reader: results.json, report.md, plots, and tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from miniature.testbed import plots
from miniature.testbed.clips import evaluation_clips
from miniature.testbed.exhibitions import read_exhibition
from miniature.testbed.painting import BASE, evaluation_tasks
from miniature.testbed.results import Results
from miniature.testbed.tables import tables_of
from workbench.files import whole_file
from workbench.run_folder import RunFolder
from workbench.tables import markdown_table

RESULTS = "results.json"
REPORT = "report.md"
CURVES = "over_optimisation.png"
EFFECTS = "effects.png"
SHEET = "pictures.png"

_SHOWN = 10


def write_report(run: RunFolder, results: Results) -> None:
    """Write everything below the run folder."""
    with whole_file(run.path(RESULTS)) as partial:
        partial.write_text(results.model_dump_json(indent=2) + "\n", encoding="utf-8")
    if any(lesson.curve for one in results.rounds for lesson in one.lessons.values()):
        plots.draw_curves(run.path(CURVES), results.rounds)
    plots.draw_effects(run.path(EFFECTS), results.rounds)
    prompts = _draw_pictures(run, results)
    with whole_file(run.path(REPORT)) as partial:
        partial.write_text("\n".join(_markdown(run, results, prompts)) + "\n", encoding="utf-8")


def _draw_pictures(run: RunFolder, results: Results) -> list[str]:
    """The last round's painters on the same prompts and noise; returns the prompts by column."""
    settings, last = results.settings, results.rounds[-1]
    clips = evaluation_clips(settings.seed, settings.evaluation_clips)
    tasks = evaluation_tasks(clips, settings.evaluation_pictures, settings.seed)
    columns = np.arange(min(_SHOWN, len(clips))) * settings.evaluation_pictures
    places = {BASE: run.path("base.npz")}
    places |= {name: run.path(f"round-{last.number}/shown/{name}.npz") for name in last.lessons}
    rows = {name: read_exhibition(place).pictures[columns] for name, place in places.items()}
    plots.draw_sheet(run.path(SHEET), rows)
    return [tasks[column].prompt for column in columns]


def _markdown(run: RunFolder, results: Results, prompts: list[str]) -> Iterator[str]:
    changed = results.settings.model_dump(exclude_defaults=True)
    told = ", ".join(f"{name} = {value}" for name, value in changed.items()) or "the defaults"
    yield from ("# Does the loop learn?", "", f"Settings: {told}.")
    yield from (f"Painter `{results.inputs['painter'][:12]}`, embedder "
                f"`{results.inputs['embedder'][:12]}`.", "")  # fmt: skip
    for table in tables_of(results):
        yield from markdown_table(table)
    yield from _figure(run, "Proxy and truth over the steps of refinement", CURVES)
    yield from _figure(run, "Win rates over the base", EFFECTS)
    yield from _figure(run, "The same prompts and noise by base and adapters", SHEET)
    yield from (f"{number}. {prompt}" for number, prompt in enumerate(prompts, start=1))


def _figure(run: RunFolder, title: str, name: str) -> Iterator[str]:
    if run.path(name).exists():
        yield from (f"## {title}", "", f"![{title}]({name})", "")
