"""Train one reward model on one axis of a snapshot (Eq. 9), and measure it.

Supports frozen towers with cached features, and towers that learn in part, which encode pictures
and texts in every step. Assumes that the snapshot's splits are by clip.
Raises BadInput for a snapshot that cannot be learned from, RunFailed when the loss is not finite.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from transformers import EarlyStoppingCallback, PrinterCallback
from trl import RewardConfig

from cluster_sampling.look import LOOK_WIDTH
from rlhf._backbone import backbone_hash, open_backbone
from rlhf._bradley_terry_trainer import (
    BradleyTerryTrainer,
    RunFolderCallback,
    StopCallback,
)
from rlhf._device import resolved_device
from rlhf._disagreements import DISAGREEMENTS, model_disagreements
from rlhf._features import Features, encode_preferences, read_preferences_raw
from rlhf._interruption import held_back, told_how_to_go_on
from rlhf._pair_table import PairTable
from rlhf._processes import ALONE, Processes, joined_processes
from rlhf._resume import check_same_run
from rlhf._reward_card import reward_card
from rlhf._reward_config import RewardModelConfig
from rlhf._reward_plots import draw_report
from rlhf._reward_report import RewardReport, reward_report
from rlhf._siblings import open_siblings
from rlhf.preferences import Preferences, read_preferences
from rlhf.reward_model import RewardModel, embedder_hash
from rlhf.reward_settings import RewardSettings
from workbench.errors import BadInput
from workbench.files import refuse_existing, sha256_of_folder, whole_file, whole_folder, write_json
from workbench.profiles import Profile
from workbench.run_folder import RunFolder, started_run
from workbench.snapshots import Snapshot, open_snapshot

# Pairs of cached features are small; one batch makes the mean over a split exact.
_EVALUATION_BATCH = 65_536


def train_reward(
    snapshot_folder: Path,
    output: Path,
    settings: RewardSettings,
    profile: Profile,
    *,
    beside: Sequence[Path] = (),
    resume: bool = False,
    show_progress: bool = True,
) -> RewardReport:
    """Train, measure and save a reward model; returns what was measured.

    Writes model/, metrics.json, README.md with its plots, disagreements.json, run.json and
    metrics.jsonl to `output`.
    An interrupted run keeps checkpoints/ and goes on with `resume`. `beside`: runs of other axes,
    whose rewards are compared with this one's.
    """
    snapshot = open_snapshot(snapshot_folder)
    preferences = read_preferences(snapshot, settings.axis)
    device = resolved_device(settings.device)
    processes = joined_processes(device)
    _check_shared(settings, processes)
    embedder = open_backbone(settings, profile.embedder, device)
    siblings = open_siblings(
        beside, settings.axis, profile.embedder, device=device, embedder=embedder
    )
    inputs = {"snapshot": snapshot.sha256, "embedder": embedder_hash(Path(profile.embedder))}
    if settings.backbone:
        inputs["backbone"] = backbone_hash(settings.backbone)
    if resume:
        check_same_run(output, settings, inputs, may_change="epochs")
    else:
        refuse_existing(output)
    processes.wait()  # Nobody may see what the main process writes before having looked.
    with (
        started_run(
            output,
            kind="reward",
            settings=settings,
            seed=settings.seed,
            inputs=inputs,
            resume=resume,
            show_progress=show_progress,
            is_written=processes.is_main,
        ) as run,
        told_how_to_go_on(run),
    ):
        run.note(device=device, profile=profile.name, processes=processes.count)
        features = encode_preferences(
            embedder, preferences, run, views=settings.views, seed=settings.seed
        )
        model = new_reward_model(
            features, preferences, settings, inputs["embedder"], inputs.get("backbone", "")
        )
        model.attach(embedder)
        learned_from = features
        if model.config.is_tuned:
            model.learn_towers(saves_memory=settings.saves_memory)
            learned_from = read_preferences_raw(embedder, preferences, run, features)
        trainer = new_trainer(model, learned_from, preferences, settings, run, processes)
        with held_back() as is_asked_to_stop:
            trainer.add_callback(StopCallback(lambda: processes.any(is_asked_to_stop())))
            trainer.train(resume_from_checkpoint=_last_checkpoint(run) if resume else None)

        def measured() -> RewardReport:
            seen = features
            if model.config.is_tuned:
                model.eval()
                seen = encode_preferences(embedder, preferences, run)
            standardise(model, seen, preferences)
            report = reward_report(model, seen, preferences, settings, siblings)
            _save_disagreements(run, model, seen, preferences, report)
            _save(run, model, report, settings, snapshot)
            return report

        return processes.from_main(measured)


def _check_shared(settings: RewardSettings, processes: Processes) -> None:
    if settings.batch_size % processes.count:
        raise BadInput(
            f"batch_size is {settings.batch_size}, which {processes.count} processes cannot share "
            f"evenly; make it a multiple of {processes.count}, or start another number of them"
        )


def new_reward_model(
    features: Features,
    preferences: Preferences,
    settings: RewardSettings,
    embedder_sha256: str,
    backbone_sha256: str = "",
) -> RewardModel:
    """A fresh model whose centring is that of the training split."""
    torch.manual_seed(settings.seed)
    config = RewardModelConfig(
        axis=settings.axis,
        embedding_width=features.image_blocks[-1],
        music_width=features.clips.music.shape[1],
        level_width=features.images.shape[1],
        look_width=LOOK_WIDTH,
        reads=settings.reads,
        hears=settings.hears,
        heads=settings.heads,
        judges=settings.judges,
        hidden=settings.hidden,
        rank=settings.rank,
        dropout=settings.dropout,
        input_dropout=settings.input_dropout,
        snapshot_sha256=preferences.snapshot.sha256,
        embedder_sha256=embedder_sha256,
        backbone=settings.backbone or "",
        backbone_sha256=backbone_sha256,
        unfrozen=settings.unfrozen,
        lora_rank=settings.lora_rank,
        last_blocks=settings.last_blocks,
        learns=settings.learns,
        precision=settings.precision,
    )
    model = RewardModel(config)
    clips = features.clips.rows(_train_clips(features, preferences))
    model.image_scale.fit(
        features.images[_train_images(features, preferences)], features.image_blocks
    )
    model.music_scale.fit(clips.music[clips.has_music])
    model.text_scale.fit(clips.text[clips.has_text])
    return model


@torch.no_grad()
def standardise(model: RewardModel, features: Features, preferences: Preferences) -> None:
    """Note mean and sd of the raw rewards of the training pictures, each for its clip.

    Those of the heads that are asked together, and those of every head.
    """
    pairs = preferences.pairs["train"]
    seen = sorted({(pair.clip_id, name) for pair in pairs for name in (pair.chosen, pair.rejected)})
    clips = features.clips.rows(torch.tensor([features.clip_rows[clip] for clip, _ in seen]))
    images = features.images[torch.tensor([features.image_rows[name] for _, name in seen])]
    model.eval()
    said = model.cpu()(image=images, **clips._asdict())
    (model.config.reward_mean,), (model.config.reward_sd,) = _scale_of(said.logits)
    model.config.head_means, model.config.head_sds = _scale_of(said.by_head)


def _scale_of(rewards: torch.Tensor) -> tuple[list[float], list[float]]:
    """Mean and sd of each column."""
    sds = rewards.std(dim=0, correction=0).tolist()
    # A constant reward has no scale; 1 keeps it constant instead of dividing by zero.
    return rewards.mean(dim=0).tolist(), [sd or 1.0 for sd in sds]


def new_trainer(
    model: RewardModel,
    features: Features,
    preferences: Preferences,
    settings: RewardSettings,
    run: RunFolder,
    processes: Processes = ALONE,
) -> BradleyTerryTrainer:
    """The trainer of a fresh model, its logs and checkpoints in the folder of `run`."""
    train, validation = preferences.pairs["train"], preferences.pairs["validation"]
    trainer = BradleyTerryTrainer(
        model=model,
        args=_arguments(run, settings, processes, len(train), len(validation)),
        train=PairTable(train, features),
        validation=PairTable(validation, features, len(train)) if validation else None,
        features=features,
        comparison_ids=[pair.comparison_id for pair in (*train, *validation)],
        missing_share=settings.missing_share,
        centring=settings.centring,
        taught=taught_clips(features, preferences, settings),
        tower_learning_rate=settings.tower_learning_rate,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(RunFolderCallback(run))
    if validation:
        trainer.add_callback(EarlyStoppingCallback(settings.patience))
    return trainer


def taught_clips(
    features: Features, preferences: Preferences, settings: RewardSettings
) -> torch.Tensor:
    """Which head learns on which clip: (clips, heads) float32, 0 where it leaves the clip out.

    What is left out goes round the training clips in an order of chance, so that every clip is
    left out by about as many heads; rows of a head have mean 1 over the training clips.
    """
    clips = _train_clips(features, preferences)
    generator = torch.Generator().manual_seed(settings.seed)
    order = clips[torch.randperm(len(clips), generator=generator)]
    taught = torch.ones(len(features.clip_rows), settings.heads)
    count = round(settings.left_out_share * len(clips))
    for head in range(settings.heads):
        places = (torch.arange(count) + head * count) % len(clips)
        taught[order[places], head] = 0.0
        taught[order, head] *= len(clips) / (len(clips) - count)
    return taught


def _arguments(
    run: RunFolder, settings: RewardSettings, processes: Processes, n_pairs: int, n_validation: int
) -> RewardConfig:
    share = settings.batch_size // processes.count
    evaluated = _EVALUATION_BATCH if settings.unfrozen == "none" else share
    # Even batches: what the last one lacks would be filled up by pairs that were there already.
    rounds = max(1, math.ceil(n_validation / (evaluated * processes.count)))
    total = math.ceil(n_pairs / settings.batch_size) * settings.epochs
    interval = max(1, total // settings.evaluations)
    best: dict[str, Any] = {
        "eval_strategy": "steps",
        "eval_steps": interval,
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_loss",
        "greater_is_better": False,
    }
    return RewardConfig(
        output_dir=str(run.path("checkpoints")),
        seed=settings.seed,
        data_seed=settings.seed,
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=share,
        per_device_eval_batch_size=math.ceil(max(1, n_validation) / (rounds * processes.count)),
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        lr_scheduler_type="cosine",
        warmup_steps=round(total * settings.warmup_share),
        logging_steps=interval,
        save_strategy="steps",
        save_steps=interval,
        save_total_limit=1,
        use_cpu=resolved_device(settings.device) == "cpu",
        bf16=False,
        activation_checkpointing=False,
        disable_dropout=False,
        remove_unused_columns=False,
        max_length=None,
        dataloader_pin_memory=False,
        report_to="none",
        disable_tqdm=True,
        ddp_find_unused_parameters=False,
        **(best if n_validation else {}),
    )


def _save(
    run: RunFolder,
    model: RewardModel,
    report: RewardReport,
    settings: RewardSettings,
    snapshot: Snapshot,
) -> None:
    _save_model(model, run.path("model"))
    write_json(run.path("metrics.json"), report.as_dict())
    draw_report(run.folder, report)
    with whole_file(run.path("README.md")) as partial:
        partial.write_text(reward_card(report, model.config, settings, snapshot), encoding="utf-8")
    run.note(
        model_sha256=reward_model_hash(run.folder),
        results=report.as_dict()["splits"],
        fitness=asdict(report.fitness),
    )
    shutil.rmtree(run.path("checkpoints"), ignore_errors=True)


def _save_model(model: RewardModel, final: Path) -> None:
    """Whole or not at all; what a resumed run saved there before stays until then."""
    fresh = final.with_name(".fresh-model")
    shutil.rmtree(fresh, ignore_errors=True)
    with whole_folder(fresh) as partial:
        model.save_pretrained(partial)
    shutil.rmtree(final, ignore_errors=True)
    fresh.rename(final)


def _save_disagreements(
    run: RunFolder,
    model: RewardModel,
    features: Features,
    preferences: Preferences,
    report: RewardReport,
) -> None:
    calibration = report.measures.calibration
    temperature = calibration.temperature if calibration else 1.0
    found = model_disagreements(model, features, preferences, temperature)
    write_json(run.path(DISAGREEMENTS), {"disagreements": [each._asdict() for each in found]})


def reward_model_hash(run_folder: Path) -> str:
    """What names a trained reward model in the adapters that learn from it."""
    return sha256_of_folder(run_folder / "model", suffixes=(".safetensors", ".json"))


def _last_checkpoint(run: RunFolder) -> str | None:
    """The newest checkpoint that was written to its end: its state file comes last."""
    written = run.path("checkpoints").glob("checkpoint-*/trainer_state.json")
    found = sorted((p.parent for p in written), key=lambda p: int(p.name.split("-")[1]))
    return str(found[-1]) if found else None


def _train_clips(features: Features, preferences: Preferences) -> torch.Tensor:
    names = sorted({pair.clip_id for pair in preferences.pairs["train"]})
    return torch.tensor([features.clip_rows[name] for name in names])


def _train_images(features: Features, preferences: Preferences) -> torch.Tensor:
    pairs = preferences.pairs["train"]
    names = sorted({name for pair in pairs for name in (pair.chosen, pair.rejected)})
    return torch.tensor([features.image_rows[name] for name in names])
