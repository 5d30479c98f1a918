"""Fine-tune the painter on one axis: a LoRA of its own, judged on held-out clips.

What teaches it is one of the `objectives`, by default Eqs. 10-11 themselves.

Supports StableDiffusionXLPipeline folders with epsilon or v prediction, one process. Assumes a
reward model of the same axis and embedder. Raises BadInput for anything that does not fit, and
RunFailed when a number is not finite: the last good checkpoint stays. Held-out pictures are
watched on the way: a run that breaks a bound is stopped, and the best step's adapter saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionXLPipeline

from cluster_sampling.embedder import Embedder
from rlhf._adapter import add_adapter, save_adapter
from rlhf._device import resolved_device
from rlhf._fitness import check_fitness
from rlhf._interruption import told_how_to_go_on
from rlhf._painter import load_base_painter
from rlhf._pretraining_set import PretrainingSet, own_pictures, snapshot_pictures
from rlhf._prompts import overlong
from rlhf._refinement_card import Refined, refinement_card
from rlhf._refinement_checkpoint import CHECKPOINT_NAME
from rlhf._refinement_data import Briefs, RefinementData, briefs_of, refinement_data
from rlhf._refinement_evaluation import Exhibition, compare, exhibition, write_contact_sheet
from rlhf._refinement_training import Training, started_training
from rlhf._resume import check_same_run
from rlhf._shuffled_targets import rewarded_clips
from rlhf._siblings import model_folder, open_reward_run
from rlhf._watch import check_watchable
from rlhf._watch_plot import WATCH_PLOT, draw_watch
from rlhf.objectives import OBJECTIVES
from rlhf.objectives._reward_gradient import RewardGradientObjective
from rlhf.preferences import Preferences, read_preferences
from rlhf.refine_settings import RefineSettings
from rlhf.reward_model import RewardModel, embedder_hash, load_reward_model
from rlhf.reward_training import reward_model_hash
from workbench.errors import BadInput, RunFailed
from workbench.files import read_json, sha256_of_file, whole_file
from workbench.profiles import Profile
from workbench.run_folder import RunFolder, started_run
from workbench.snapshots import open_snapshot

# What the hash of a guard is called among the inputs, before its axis.
_GUARD = "guard_"


def refine(
    snapshot_folder: Path,
    reward_run: Path,
    output: Path,
    settings: RefineSettings,
    profile: Profile,
    *,
    guards: Sequence[Path] = (),
    force: bool = False,
    resume: bool = False,
    show_progress: bool = True,
    facts: Mapping[str, Any] | None = None,
) -> Refined:
    """Train and save an adapter; returns what it does on held-out clips, and what the watch saw.

    Writes adapter/, contact_sheet.png, watch.png, README.md, run.json and metrics.jsonl to
    `output`, and adapters/step-NNNNN/ for the steps that `adapter_every` asks for. An interrupted
    run keeps its checkpoint and goes on with `resume`, bit for bit on a CPU; one without begins
    again. A reward model marked unfit is refused unless `force`, which run.json notes. guards:
    reward runs of other axes, on which no picture may become worse than the base paints it; see
    `_guards`. facts: what else run.json is to hold.
    """
    device = resolved_device(settings.device)
    snapshot = open_snapshot(snapshot_folder)
    preferences = read_preferences(snapshot, settings.axis)
    OBJECTIVES[settings.objective].check(settings, preferences)
    reward_model = _fitting_reward_model(reward_run, settings, profile, device)
    fitness = check_fitness(reward_run, force=force)
    guard_models = _guard_models(guards, settings, profile, device, reward_model.embedder)
    painter = load_base_painter(profile, settings, device)
    pipeline = painter.pipeline
    inputs = {
        "snapshot": snapshot.sha256,
        "reward_model": reward_model_hash(reward_run),
        "embedder": embedder_hash(Path(profile.embedder)),
        "base_painter": painter.sha256,
        **{
            f"{_GUARD}{model.config.axis}": reward_model_hash(run)
            for model, run in zip(guard_models, guards, strict=True)
        },
    }
    if resume:
        check_same_run(output, settings, inputs, may_change="steps")
    with (
        started_run(
            output,
            kind="refine",
            settings=settings,
            seed=settings.seed,
            inputs=inputs,
            resume=resume,
            show_progress=show_progress,
        ) as run,
        told_how_to_go_on(run),
        _told_out_of_memory(settings),
    ):
        run.note(**fitness, **(facts or {}))
        briefs = briefs_of(preferences)
        if settings.watch_every:
            check_watchable(briefs, preferences)
        targets = rewarded_clips(briefs, settings)
        pretraining = _pretraining_set(pipeline, preferences, briefs, settings, profile, run)
        data = refinement_data(preferences, reward_model.embedder, briefs, pretraining, targets)
        _note_data(run, pipeline, data, profile, device)
        before = _exhibition(pipeline, reward_model, data, profile, run, settings, "paint before")
        add_adapter(pipeline, settings)
        objective = OBJECTIVES[settings.objective](
            pipeline, reward_model, data, settings, profile.size_px, guard_models
        )
        lineage = _lineage(settings, inputs)
        goes_on = resume and has_checkpoint(output)
        training = started_training(objective, profile, run, lineage, resume=goes_on)
        training.train()
        after = _exhibition(pipeline, reward_model, data, profile, run, settings, "paint after")
        write_contact_sheet(run.path("contact_sheet.png"), before, after)
        refined = Refined(compare(before, after), training.progress.step, training.ending)
        _save(training, refined)
    return refined


def _fitting_reward_model(
    reward_run: Path, settings: RefineSettings, profile: Profile, device: str
) -> RewardModel:
    folder = model_folder(reward_run)
    axis = read_json(folder / "config.json").get("axis")
    if axis != settings.axis:
        raise BadInput(
            f"the reward model in {reward_run} is of the axis {axis!r}, the adapter is to be of "
            f"{settings.axis!r}; rewards of different axes are never mixed"
        )
    model = load_reward_model(folder, profile.embedder, device=device)
    if settings.watch_every and not model.config.judges:
        raise BadInput(
            f"the reward model in {reward_run} has no judges, so nobody could watch whether it is "
            "being exploited; train it with judges, or set watch_every to 0 to go without a watch"
        )
    return model


def _guard_models(
    runs: Sequence[Path],
    settings: RefineSettings,
    profile: Profile,
    device: str,
    embedder: Embedder,
) -> list[RewardModel]:
    if runs and not issubclass(OBJECTIVES[settings.objective], RewardGradientObjective):
        raise BadInput(
            f"guards hold back by a gradient, which {settings.objective} does not ask for; use "
            "refl or draft, or leave the guards out"
        )
    models: dict[str, RewardModel] = {}
    for run in runs:
        model = open_reward_run(run, profile.embedder, device=device, embedder=embedder)
        axis = model.config.axis
        if axis == settings.axis or axis in models:
            raise BadInput(
                f"the guard {run} is of the axis {axis!r}, which is "
                + ("the one to be improved" if axis == settings.axis else "guarded already")
                + "; give one reward model for each other axis"
            )
        models[axis] = model
    return list(models.values())


def _pretraining_set(
    pipeline: StableDiffusionXLPipeline,
    preferences: Preferences,
    briefs: Briefs,
    settings: RefineSettings,
    profile: Profile,
    run: RunFolder,
) -> PretrainingSet:
    if settings.stay_close_to == "snapshot":
        return snapshot_pictures(preferences, pipeline.vae, profile.size_px)
    return own_pictures(
        pipeline,
        briefs.train,
        profile,
        run,
        count=settings.pretraining_pictures,
        seed=settings.seed,
    )


def has_checkpoint(run_folder: Path) -> bool:
    """Whether `refine` can go on there with `resume`."""
    return (run_folder / CHECKPOINT_NAME).is_file()


def kept_adapters(run_folder: Path) -> dict[int, Path]:
    """The adapters that `adapter_every` kept in a run folder: folders by step, in order."""
    found = run_folder.glob("adapters/step-*")
    return {int(folder.name.removeprefix("step-")): folder for folder in sorted(found)}


def saved_step(run_folder: Path) -> int:
    """The step of the adapter that a finished run saved."""
    return int(read_json(run_folder / "run.json")["saved_step"])


def _exhibition(
    pipeline: StableDiffusionXLPipeline,
    reward_model: RewardModel,
    data: RefinementData,
    profile: Profile,
    run: RunFolder,
    settings: RefineSettings,
    stage: str,
) -> Exhibition:
    return exhibition(
        pipeline,
        reward_model,
        data,
        profile,
        run,
        pictures=settings.evaluation_pictures,
        seed=settings.seed,
        stage=stage,
    )


def _save(training: Training, refined: Refined) -> None:
    run, settings = training.run, training.settings
    lineage = {**training.lineage, "step": str(refined.saved_step)}
    weights = save_adapter(training.objective.pipeline, run.path("adapter"), settings, lineage)
    ending = refined.ending
    if ending:
        draw_watch(run.path(WATCH_PLOT), ending)
    with whole_file(run.path("README.md")) as partial:
        card = refinement_card(settings, lineage, training.progress.reward_weight, refined)
        partial.write_text(card, encoding="utf-8")
    run.note(
        adapter_sha256=sha256_of_file(weights),
        results=refined.comparison.as_dict(),
        steps_taken=refined.steps_taken,
        saved_step=refined.saved_step,
        has_gained=ending.has_gained if ending else None,
        stopped=ending.stop._asdict() if ending and ending.stop else None,
    )


def _lineage(settings: RefineSettings, inputs: dict[str, str]) -> dict[str, str]:
    """What an adapter says of where it comes from."""
    names = ("reward_model", "snapshot", "base_painter")
    guards = sorted(name.removeprefix(_GUARD) for name in inputs if name.startswith(_GUARD))
    facts = {"axis": settings.axis, "targets": settings.targets, "guards": ",".join(guards)}
    return {**facts, **{name: inputs[name] for name in names}}


def _note_data(
    run: RunFolder,
    pipeline: StableDiffusionXLPipeline,
    data: RefinementData,
    profile: Profile,
    device: str,
) -> None:
    briefs = [*data.briefs.train, *data.briefs.held_out, *data.briefs.watched]
    run.note(
        device=device,
        profile=profile.name,
        prompts_train=len(data.briefs.train),
        prompts_held_out=len(data.briefs.held_out),
        prompts_watched=len(data.briefs.watched),
        pictures_pretraining=len(data.pretraining.latents),
        prompts_cut=overlong(pipeline, (brief.prompt for brief in briefs)),
    )


@contextmanager
def _told_out_of_memory(settings: RefineSettings) -> Iterator[None]:
    try:
        yield
    except torch.cuda.OutOfMemoryError:
        raise RunFailed(
            f"the GPU has too little memory for batch_size {settings.batch_size} and "
            f"pretrain_batch_size {settings.pretrain_batch_size}; set micro_batch to half of them, "
            "which learns the same, decode_batch to 1, or saves_memory"
        ) from None
