"""Fine-tune the painter on one axis: a LoRA of its own, judged on held-out clips.

What teaches it is one of the `objectives`, by default Eqs. 10-11 themselves.

Supports StableDiffusionXLPipeline folders with epsilon or v prediction, one process. Assumes a
reward model of the same axis and embedder. Raises BadInput for anything that does not fit, and
RunFailed when a number is not finite: the last good checkpoint stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import StableDiffusionXLPipeline
from torch import Tensor, nn

from rlhf._adapter import add_adapter, save_adapter
from rlhf._device import resolved_device
from rlhf._fitness import check_fitness
from rlhf._interruption import uninterrupted
from rlhf._painter import load_base_painter
from rlhf._pretraining_set import PretrainingSet, own_pictures, snapshot_pictures
from rlhf._prompts import overlong
from rlhf._refinement_card import refinement_card
from rlhf._refinement_checkpoint import (
    CHECKPOINT_NAME,
    Progress,
    load_checkpoint,
    save_checkpoint,
)
from rlhf._refinement_data import Briefs, RefinementData, briefs_of, refinement_data
from rlhf._refinement_evaluation import (
    Comparison,
    Exhibition,
    compare,
    exhibition,
    write_contact_sheet,
)
from rlhf._resume import check_same_run
from rlhf._rollout import NotFinite
from rlhf.objectives import OBJECTIVES, GradientNorms, Objective
from rlhf.preferences import Preferences, read_preferences
from rlhf.reward_model import RewardModel, embedder_hash, load_reward_model
from rlhf.reward_training import reward_model_hash
from rlhf.settings import RefineSettings
from workbench.errors import BadInput, RunFailed, RunInterrupted
from workbench.files import read_json, sha256_of_file, whole_file
from workbench.profiles import Profile
from workbench.run_folder import RunFolder, started_run
from workbench.snapshots import open_snapshot


def refine(
    snapshot_folder: Path,
    reward_run: Path,
    output: Path,
    settings: RefineSettings,
    profile: Profile,
    *,
    force: bool = False,
    resume: bool = False,
    show_progress: bool = True,
) -> Comparison:
    """Train and save an adapter; returns the proxy reward on held-out clips before and after.

    Writes adapter/, contact_sheet.png, README.md, run.json and metrics.jsonl to `output`, and
    adapters/step-NNNNN/ for the steps that `adapter_every` asks for. An interrupted run
    keeps its checkpoint and goes on with `resume`, bit for bit on a CPU. A reward model that is
    marked unfit is refused unless `force`, which run.json notes.
    """
    device = resolved_device(settings.device)
    snapshot = open_snapshot(snapshot_folder)
    preferences = read_preferences(snapshot, settings.axis)
    OBJECTIVES[settings.objective].check(settings, preferences)
    reward_model = _fitting_reward_model(reward_run, settings, profile, device)
    fitness = check_fitness(reward_run, force=force)
    painter = load_base_painter(profile, settings, device)
    pipeline = painter.pipeline
    inputs = {
        "snapshot": snapshot.sha256,
        "reward_model": reward_model_hash(reward_run),
        "embedder": embedder_hash(Path(profile.embedder)),
        "base_painter": painter.sha256,
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
        _told_out_of_memory(settings),
    ):
        run.note(**fitness)
        briefs = briefs_of(preferences)
        pretraining = _pretraining_set(pipeline, preferences, briefs, settings, profile, run)
        data = refinement_data(preferences, reward_model.embedder, briefs, pretraining)
        _note_data(run, pipeline, data, profile, device)
        before = _exhibition(pipeline, reward_model, data, profile, run, settings, "paint before")
        training = _started_training(pipeline, reward_model, data, settings, profile, run, resume)
        _train(training, run, settings, _lineage(settings, inputs))
        after = _exhibition(pipeline, reward_model, data, profile, run, settings, "paint after")
        result = compare(before, after)
        write_contact_sheet(run.path("contact_sheet.png"), before, after)
        _save(run, pipeline, settings, inputs, training, result)
    return result


@dataclass
class _Training:
    """The moving parts of a refinement."""

    objective: Objective
    parameters: list[nn.Parameter]
    optimizer: torch.optim.Optimizer
    average: list[Tensor]
    """Running average of `parameters`; empty when there is none."""
    progress: Progress

    def save(self, folder: Path) -> None:
        save_checkpoint(
            folder,
            self.progress,
            self.parameters,
            self.optimizer,
            self.average,
            self.objective.memory(),
        )


def _fitting_reward_model(
    reward_run: Path, settings: RefineSettings, profile: Profile, device: str
) -> RewardModel:
    folder = reward_run / "model"
    if not folder.is_dir():
        raise BadInput(f"{reward_run} is no finished reward run: it has no model folder")
    axis = read_json(folder / "config.json").get("axis")
    if axis != settings.axis:
        raise BadInput(
            f"the reward model in {reward_run} is of the axis {axis!r}, the adapter is to be of "
            f"{settings.axis!r}; rewards of different axes are never mixed"
        )
    return load_reward_model(folder, profile.embedder, device=device)


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


def _started_training(
    pipeline: StableDiffusionXLPipeline,
    reward_model: RewardModel,
    data: RefinementData,
    settings: RefineSettings,
    profile: Profile,
    run: RunFolder,
    resume: bool,
) -> _Training:
    parameters = add_adapter(pipeline, settings)
    optimizer = torch.optim.AdamW(
        parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    average = [p.detach().clone() for p in parameters] if settings.ema_decay else []
    objective = OBJECTIVES[settings.objective](
        pipeline, reward_model, data, settings, profile.size_px
    )
    if resume:
        progress = load_checkpoint(run.folder, parameters, optimizer, average, objective.memory())
        _forget_after(run, progress.step)
        run.note(reward_weight=progress.reward_weight, resumed_at=progress.step)
    else:
        progress = Progress(0, _reward_weight(objective, settings, run))
    training = _Training(objective, parameters, optimizer, average, progress)
    training.save(run.folder)
    return training


def _reward_weight(objective: Objective, settings: RefineSettings, run: RunFolder) -> float:
    """lambda of Eq. 11: as given, or from the gradient norms, which are noted either way."""
    norms = _finite_norms(objective)
    weight = settings.reward_weight
    if weight is None:
        if norms.reward == 0:
            raise RunFailed(f"nothing teaches the axis {settings.axis}: {objective.silence}")
        weight = norms.weight_for(settings.gradient_ratio)
    run.note(
        reward_weight=weight,
        gradient_norms=norms._asdict(),
        gradient_ratio=weight * norms.reward / norms.pretraining if norms.pretraining else None,
    )
    return weight


def _finite_norms(objective: Objective) -> GradientNorms:
    try:
        return objective.gradient_norms()
    except NotFinite as error:
        raise RunFailed(f"{error.where} became NaN or infinite before the first step") from None


def _train(
    training: _Training, run: RunFolder, settings: RefineSettings, lineage: dict[str, str]
) -> None:
    first, total = training.progress.step, settings.steps
    try:
        for step in run.track(range(first, total), stage="refine", total=total - first):
            with uninterrupted():
                run.log(step + 1, **_one_step(training, step, settings, run))
                if settings.adapter_every and (step + 1) % settings.adapter_every == 0:
                    _keep_adapter(training, run, settings, lineage)
                if (step + 1) % settings.checkpoint_every == 0 or step + 1 == total:
                    training.save(run.folder)
    except (RunInterrupted, KeyboardInterrupt):
        training.save(run.folder)
        raise RunInterrupted(
            f"stopped after step {training.progress.step} of {total}; go on with --resume"
        ) from None
    _take_average(training)


def _one_step(
    training: _Training, step: int, settings: RefineSettings, run: RunFolder
) -> dict[str, float]:
    weight = training.progress.reward_weight
    try:
        measured = training.objective.step(step, weight, training.parameters, training.optimizer)
    except NotFinite as error:
        raise RunFailed(
            f"{error.where} became NaN or infinite at step {step + 1}; the checkpoint in "
            f"{run.folder} is the last good one; lower learning_rate or the reward's weight"
        ) from None
    training.progress = Progress(step + 1, weight)
    decay = min(settings.ema_decay, (1 + step) / (10 + step))
    for row, parameter in zip(training.average, training.parameters, strict=False):
        row.lerp_(parameter.detach(), 1 - decay)
    return measured


def has_checkpoint(run_folder: Path) -> bool:
    """Whether `refine` can go on there with `resume`."""
    return (run_folder / CHECKPOINT_NAME).is_file()


def kept_adapters(run_folder: Path) -> dict[int, Path]:
    """The adapters that `adapter_every` kept in a run folder: folders by step, in order."""
    found = run_folder.glob("adapters/step-*")
    return {int(folder.name.removeprefix("step-")): folder for folder in sorted(found)}


def _keep_adapter(
    training: _Training, run: RunFolder, settings: RefineSettings, lineage: dict[str, str]
) -> None:
    """Save the adapter as it would be, were this the last step."""
    weights = [parameter.detach().clone() for parameter in training.parameters]
    step = training.progress.step
    _take_average(training)
    save_adapter(
        training.objective.pipeline,
        run.path(f"adapters/step-{step:05d}"),
        settings,
        lineage | {"step": str(step)},
    )
    with torch.no_grad():
        for parameter, row in zip(training.parameters, weights, strict=True):
            parameter.copy_(row)


@torch.no_grad()
def _take_average(training: _Training) -> None:
    for row, parameter in zip(training.average, training.parameters, strict=False):
        parameter.copy_(row)


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


def _save(
    run: RunFolder,
    pipeline: StableDiffusionXLPipeline,
    settings: RefineSettings,
    inputs: dict[str, str],
    training: _Training,
    result: Comparison,
) -> None:
    lineage = _lineage(settings, inputs)
    weights = save_adapter(pipeline, run.path("adapter"), settings, lineage)
    with whole_file(run.path("README.md")) as partial:
        card = refinement_card(settings, lineage, training.progress.reward_weight, result)
        partial.write_text(card, encoding="utf-8")
    run.note(adapter_sha256=sha256_of_file(weights), results=result.as_dict())


def _lineage(settings: RefineSettings, inputs: dict[str, str]) -> dict[str, str]:
    """What an adapter says of where it comes from."""
    names = ("reward_model", "snapshot", "base_painter")
    return {"axis": settings.axis, **{name: inputs[name] for name in names}}


def _note_data(
    run: RunFolder,
    pipeline: StableDiffusionXLPipeline,
    data: RefinementData,
    profile: Profile,
    device: str,
) -> None:
    briefs = [*data.briefs.train, *data.briefs.held_out]
    run.note(
        device=device,
        profile=profile.name,
        prompts_train=len(data.briefs.train),
        prompts_held_out=len(data.briefs.held_out),
        pictures_pretraining=len(data.pretraining.latents),
        prompts_cut=overlong(pipeline, (brief.prompt for brief in briefs)),
    )


def _forget_after(run: RunFolder, step: int) -> None:
    """Drop logged steps that the checkpoint does not have: they will be taken again."""
    path = run.path("metrics.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    with whole_file(path) as partial:
        partial.write_text("".join(line + "\n" for line in lines[:step]), encoding="utf-8")


@contextmanager
def _told_out_of_memory(settings: RefineSettings) -> Iterator[None]:
    try:
        yield
    except torch.cuda.OutOfMemoryError:
        raise RunFailed(
            f"the GPU has too little memory for batch_size {settings.batch_size} and "
            f"pretrain_batch_size {settings.pretrain_batch_size}; set micro_batch to half of them, "
            "which learns the same, or saves_memory"
        ) from None
