"""Does the loop learn? Rounds of the whole loop in the world, and a report of what they did.

run.json, results.json, report.md   what was asked for, what was measured, the same in words
over_optimisation.png, effects.png, pictures.png
stages.json                         time and memory that each stage took its process; what it lists
                                    is done and never done again
clips/, held-out/                   recordings, clips.jsonl
base.npz                            the base painter on the held-out clips
round-N/                            what `material`, `learning` and `rounds` write
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch
from rich.console import Console

from cluster_sampling.embedder import load_embedder
from generation.adapters import AdapterChoice
from generation.painter import painter_hash
from miniature.testbed import clips as world
from miniature.testbed.exhibitions import Hall
from miniature.testbed.lanes import crew_of
from miniature.testbed.learning import learn
from miniature.testbed.material import Bed, Material, candidate_stages, gather, people_of
from miniature.testbed.painting import Atelier
from miniature.testbed.report import write_report
from miniature.testbed.results import Results, RoundResult
from miniature.testbed.rounds import base_show, ground_of, measure, shows_of, stand_on
from miniature.testbed.settings import LoopSettings
from miniature.testbed.stages import Stages
from miniature.testbed.targets import targets_of
from rlhf.reward_model import ClipFeatures, embedder_hash
from workbench.errors import BadInput, RunInterrupted
from workbench.files import read_json
from workbench.profiles import Profile
from workbench.run_folder import RunFolder, started_run

# What may differ between a run and its continuation.
_FREE = {"rounds", "threads", "lanes", "paint_batch"}


def run_testbed(
    settings: LoopSettings,
    output: Path,
    profile: Profile,
    *,
    resume: bool = False,
    show_progress: bool = True,
) -> Results:
    """Go round the circle `settings.rounds` times in the world, and write what came of it.

    Finished stages of an interrupted run are kept; with `resume` it goes on after them, also for
    more rounds. Raises BadInput for a folder in use, models that cannot be loaded, a run that was
    started with other settings, and sizes that do not fit each other; RunInterrupted by Ctrl-C.
    """
    inputs = {
        "painter": _painter_hash(profile),
        "embedder": embedder_hash(Path(profile.embedder)),
    }
    people = people_of(settings)
    if resume:
        _check_same_run(output, settings, inputs)
    with started_run(
        output,
        kind="testbed",
        settings=settings,
        seed=settings.seed,
        inputs=inputs,
        resume=resume,
        show_progress=show_progress,
    ) as run:
        console = Console(stderr=True, quiet=not show_progress)
        stages = Stages(run, console)
        atelier = Atelier(run, profile, settings.paint_batch, show_progress)
        with (
            _told_interrupted(stages),
            _threads(settings.threads),
            crew_of(settings, atelier, console) as crew,
        ):
            clips = world.learning_clips(settings.seed, settings.clips)
            bed = Bed(settings, output, stages, crew, atelier, clips, people)
            results = _go_round(bed, run, inputs)
            write_report(run, results)
            run.note(demands_met={one.about: one.is_met for one in targets_of(results)})
    return results


def _go_round(bed: Bed, run: RunFolder, inputs: dict[str, str]) -> Results:
    settings = bed.settings
    bed.stages.once(
        "start / render / clips",
        bed.clip_folder,
        lambda place: world.write_clips(run, bed.clips, place),
    )
    hall = _hall(bed, run)
    # One waits for nothing of the other.
    bed.do([base_show(bed, hall), *candidate_stages(bed, 1, {})])
    yardstick = stand_on(bed, hall)
    ground = ground_of(yardstick)
    material, rounds = Material(), list[RoundResult]()
    adapters: dict[str, AdapterChoice] = {}
    for number in range(1, settings.rounds + 1):
        material = material.joined(gather(bed, number, adapters))
        learned = learn(bed, number, material, partial(shows_of, yardstick, number))
        rounds.append(measure(yardstick, number, material, learned))
        adapters = {f"{one.name}-{number}": one.adapter for one in learned.lessons}
    return Results(
        settings=settings, inputs=inputs, ground=ground, rounds=rounds, costs=bed.stages.costs
    )


def _hall(bed: Bed, run: RunFolder) -> Hall:
    settings = bed.settings
    clips = world.evaluation_clips(settings.seed, settings.evaluation_clips)
    folder = bed.stages.once(
        "start / render / held-out clips",
        bed.folder / "held-out",
        lambda place: world.write_clips(run, clips, place),
    )
    embedder = load_embedder(bed.atelier.profile.embedder)
    known = torch.ones(len(clips), dtype=torch.bool)
    heard = ClipFeatures(
        torch.from_numpy(embedder.embed_audio([folder / clip.recording for clip in clips])),
        torch.from_numpy(embedder.embed_texts([clip.caption for clip in clips])),
        known,
        known.clone(),
    )
    return Hall(clips, heard, settings.evaluation_pictures, embedder.dimension, settings.seed)


def _painter_hash(profile: Profile) -> str:
    folder = Path(profile.painter)
    if not folder.is_dir():
        raise BadInput(f"the painter {profile.painter!r} is no folder; the testbed needs its files")
    return painter_hash(folder)


def _check_same_run(output: Path, settings: LoopSettings, inputs: dict[str, str]) -> None:
    facts = read_json(output / "run.json")
    begun = facts.get("settings", {})
    for name, value in settings.model_dump(mode="json").items():
        if name not in _FREE and begun.get(name) != value:
            raise BadInput(
                f"{output} was started with {name} = {begun.get(name)}, not {value}; go on with "
                "the same settings or name a new folder"
            )
    for name, digest in inputs.items():
        if facts.get("inputs", {}).get(name) != digest:
            raise BadInput(f"{output} was started with another {name}; go on with the same")


@contextmanager
def _told_interrupted(stages: Stages) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, RunInterrupted):
        raise RunInterrupted(
            f"stopped during {stages.current!r}; what was finished is kept, go on with --resume"
        ) from None


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
