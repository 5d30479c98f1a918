"""What happens to a refinement that is run ten times too long, in a world with known truth.

    musepainter testbed --quick -o BED
    python -m benchmarks.over_optimisation BED/round-1 --axis emo -o FOLDER

A reward model is a guess, and a painter that follows it for too long paints what only the guess
likes. The watch is to notice, stop the run, and give back the best step. Whether it was right is
told by what no learner and no judge has seen: gold utilities and the inspector, on clips of another
world. Three painters are laid side by side: the base, the adapter that was saved, and that of the
last step, which is what a run without a watch would have come to by then. `--unwatched` sets all
bounds so wide that none is ever broken and takes all steps.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.console import Console

from cluster_sampling.embedder import load_embedder
from generation.adapters import AdapterChoice
from miniature.testbed.clips import evaluation_clips
from miniature.testbed.exhibitions import (
    Exhibition,
    Hall,
    adherence_of,
    diversity_of,
    exhibit,
    read_exhibition,
)
from miniature.testbed.painting import Atelier
from rlhf.quietness import only_our_bars
from rlhf.refine_settings import RefineSettings
from rlhf.refinement import kept_adapters, refine
from rlhf.reward_model import ClipFeatures
from workbench.axes import AXES, Axis
from workbench.command_line import courteous
from workbench.errors import BadInput
from workbench.files import read_json, write_json
from workbench.measures import ClipBootstrap, effect
from workbench.profiles import Profile, chosen_profile
from workbench.run_folder import started_run
from workbench.tables import Table, gain, share, show_tables

_CLIPS, _PICTURES, _BATCH, _RESAMPLES = 40, 2, 16, 2000
_UNBOUND = {"diversity_bound": 1.0, "adherence_bound": 1.0, "loss_pre_bound": 100.0,
            "judge_bound": 1000.0, "keep": "last"}  # fmt: skip


def over_optimise(
    round_folder: Path,
    output: Path,
    settings: RefineSettings,
    profile: Profile,
    *,
    clips: int = _CLIPS,
    show_progress: bool = True,
) -> dict[str, Any]:
    """Refine for `settings.steps` and measure by the truth; round_folder: of a testbed run.

    The adapter of every look has to be kept (adapter_every). Raises BadInput when the folder is no
    round.
    """
    bed = round_folder.resolve().parent / "run.json"
    if not bed.is_file():
        raise BadInput(f"{round_folder} is no round of a testbed run; give TESTBED/round-1")
    world = int(read_json(bed)["settings"]["seed"])
    run = output / "refined"
    refine(
        round_folder / "snapshot",
        round_folder / "reward" / settings.axis,
        run,
        settings,
        profile,
        force=True,
        show_progress=show_progress,
    )
    facts = read_json(run / "run.json")
    last = kept_adapters(run)[facts["steps_taken"]]
    painters = {"base": None, "saved": run / "adapter", "last": last}
    shown = _shown(painters, output / "truth", settings, profile, world, clips, show_progress)
    return {
        "axis": settings.axis,
        "steps asked": settings.steps,
        "steps taken": facts["steps_taken"],
        "saved step": facts["saved_step"],
        "stopped": facts["stopped"]["reason"] if facts["stopped"] else None,
        "painters": shown,
    }


def _shown(
    painters: dict[str, Path | None],
    folder: Path,
    settings: RefineSettings,
    profile: Profile,
    world: int,
    clips: int,
    show_progress: bool,
) -> dict[str, dict[str, Any]]:
    """What is true of the pictures of each painter on the same prompts and noise."""
    found: dict[str, Exhibition] = {}
    with started_run(
        folder, kind="truth", settings=settings, seed=world, show_progress=show_progress
    ) as run:
        embedder, held_out = load_embedder(profile.embedder), evaluation_clips(world, clips)
        nothing, known = torch.empty(0, embedder.dimension), torch.empty(0, dtype=torch.bool)
        unheard = ClipFeatures(nothing, nothing, known, known)  # No reward model is asked here.
        atelier = Atelier(run, profile, _BATCH, show_progress)
        hall = Hall(held_out, unheard, _PICTURES, embedder.dimension, world)
        for name, adapter in painters.items():
            choice = AdapterChoice(settings.axis, adapter) if adapter else None
            path = run.path(f"{name}.npz")
            exhibit(path, atelier, hall=hall, adapter=choice)
            found[name] = read_exhibition(path)
    bootstrap = ClipBootstrap(hall.owners, resamples=_RESAMPLES, seed=world)
    row, base = AXES.index(settings.axis), found["base"]
    return {
        name: {
            "gold": effect(base.gold[:, row], one.gold[:, row], bootstrap),
            "adherence": adherence_of(hall, one),
            "diversity": diversity_of(hall, one),
        }
        for name, one in found.items()
    }


def table_of(result: dict[str, Any]) -> Table:
    rows = [
        [
            name,
            share(found["gold"].win_rate),
            gain(found["gold"].gain),
            f"{found['adherence'].scene:.1%}",
            f"{found['adherence'].palette:.1%}",
            f"{found['diversity'].across:.3f}",
        ]
        for name, found in result["painters"].items()
    ]
    told = result["stopped"] or "no bound was broken"
    return Table(
        f"{result['axis']}: {result['steps taken']} of {result['steps asked']} steps, saved "
        f"{result['saved step']}",
        ("", "gold wins", "gold gain (sd)", "scene", "palette", "diversity"),
        rows,
        f"{told[0].upper()}{told[1:]}.",
    )


@courteous
def main(
    round_folder: Annotated[Path, typer.Argument(help="A round of a testbed run.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="New folder.")],
    axis: Annotated[Axis, typer.Option(help="Axis to improve.")] = "emo",
    times: Annotated[int, typer.Option(min=1, help="How many times too long.")] = 10,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    unwatched: Annotated[bool, typer.Option(help="No bound ever stops it.")] = False,
) -> None:
    """Refine for too long, and tell by the truth whether the watch was right."""
    only_our_bars()
    settings = RefineSettings(axis=axis, seed=seed)
    changes = {"steps": times * settings.steps, "adapter_every": settings.watch_every}
    settings = settings.model_copy(update={**changes, **(_UNBOUND if unwatched else {})})
    result = over_optimise(round_folder, output, settings, chosen_profile())
    show_tables([table_of(result)], Console())
    typer.echo(f"written: {write_results(output, result)}")


def write_results(output: Path, result: dict[str, Any]) -> Path:
    painters = {
        name: {
            "gold": asdict(found["gold"]),
            "adherence": found["adherence"]._asdict(),
            "diversity": asdict(found["diversity"]),
        }
        for name, found in result["painters"].items()
    }
    path = output / "results.json"
    write_json(path, {**result, "painters": painters})
    return path


if __name__ == "__main__":
    typer.run(main)
