from __future__ import annotations

import json
import os
import resource
import signal
import threading
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
from transformers import TrainerCallback

from cluster_sampling.embedder import load_embedder
from rlhf._features import encode_preferences
from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import (
    new_reward_model,
    new_trainer,
    reward_model_hash,
    taught_clips,
    train_reward,
)
from tests.factories.snapshots import seal
from workbench.errors import BadInput, RunFailed, RunInterrupted
from workbench.files import read_json
from workbench.run_folder import started_run
from workbench.snapshots import PAIR_SCHEMA, write_table


@pytest.fixture(scope="module")
def features(preferences, profile):
    return encode_preferences(load_embedder(profile.embedder), preferences)


def test_trainer_moves_the_head_and_nothing_else(
    features, preferences, profile, reward_settings, tmp_path
):
    embedder = load_embedder(profile.embedder)
    model = new_reward_model(features, preferences, reward_settings, "hash")
    model.attach(embedder)
    learning = {name: value.detach().clone() for name, value in model.named_parameters()}
    frozen = {name: value.clone() for name, value in embedder.model.state_dict().items()}
    centring = {name: value.clone() for name, value in model.named_buffers()}
    with started_run(tmp_path / "r", kind="reward", settings=reward_settings, seed=0) as run:
        new_trainer(model, features, preferences, reward_settings, run).train()
    assert [n for n, v in model.named_parameters() if torch.equal(v, learning[n])] == []
    assert all(torch.equal(v, frozen[n]) for n, v in embedder.model.state_dict().items())
    assert all(torch.equal(v, centring[n]) for n, v in model.named_buffers())


def test_trainer_stops_at_a_loss_that_is_not_finite(
    features, preferences, reward_settings, tmp_path
):
    model = new_reward_model(features, preferences, reward_settings, "hash")
    with torch.no_grad():
        model.heads.appeal.bias.fill_(float("nan"))
    with (
        started_run(tmp_path / "r", kind="reward", settings=reward_settings, seed=0) as run,
        pytest.raises(RunFailed, match=r"became nan at step 1, on the comparisons clip\d-\d/clip"),
    ):
        new_trainer(model, features, preferences, reward_settings, run).train()
    assert read_json(tmp_path / "r" / "run.json")["status"] == "succeeded"


def test_training_writes_everything_a_reader_needs(reward_run, preferences):
    assert sorted(path.name for path in reward_run.iterdir()) == [
        *("README.md", "accuracy.png", "disagreements.json", "loss.png", "metrics.json"),
        *("metrics.jsonl", "model", "progress.json", "reliability.png", "run.json"),
    ]
    metrics = read_json(reward_run / "metrics.json")
    assert {name: split["n"] for name, split in metrics["splits"].items()} == {
        name: len(pairs) for name, pairs in preferences.pairs.items()
    }
    assert metrics["splits"]["test"]["n_human"] == 36
    run = read_json(reward_run / "run.json")
    assert (run["status"], run["inputs"]["snapshot"]) == ("succeeded", preferences.snapshot.sha256)
    assert run["model_sha256"] == reward_model_hash(reward_run)


def test_training_logs_steps_that_rise(reward_run):
    lines = [json.loads(line) for line in (reward_run / "metrics.jsonl").read_text().splitlines()]
    steps = [line["step"] for line in lines]
    assert steps == sorted(steps)
    assert {"loss", "eval_loss", "eval_accuracy"} <= {name for line in lines for name in line}


def test_training_is_the_same_for_the_same_seed(
    reward_run, snapshot_folder, profile, reward_settings, tmp_path
):
    train_reward(snapshot_folder, tmp_path / "r", reward_settings, profile, show_progress=False)
    assert reward_model_hash(tmp_path / "r") == reward_model_hash(reward_run)


def test_training_learns_the_rule(snapshot_folder, profile, tmp_path):
    settings = RewardSettings(axis="con", resamples=50, device="cpu")
    report = train_reward(snapshot_folder, tmp_path / "r", settings, profile, show_progress=False)
    assert report.splits["train"].accuracy > 0.85
    assert report.splits["train"].loss < 0.55


def test_training_refuses_a_folder_in_use(reward_run, snapshot_folder, profile, reward_settings):
    with pytest.raises(BadInput, match="exists already"):
        train_reward(snapshot_folder, reward_run, reward_settings, profile)


def test_training_names_a_broken_picture(copied_snapshot, profile, reward_settings, tmp_path):
    (copied_snapshot / "media/images/clip0-1.png").write_bytes(b"no picture")
    seal(copied_snapshot)
    with pytest.raises(BadInput, match=r"clip0-1\.png"):
        train_reward(copied_snapshot, tmp_path / "r", reward_settings, profile, show_progress=False)
    assert read_json(tmp_path / "r" / "run.json")["status"] == "failed"


def test_training_refuses_a_changed_snapshot(copied_snapshot, profile, reward_settings, tmp_path):
    (copied_snapshot / "media/images/clip0-1.png").write_bytes(b"changed")
    with pytest.raises(BadInput, match="differs from its hash"):
        train_reward(copied_snapshot, tmp_path / "r", reward_settings, profile)
    assert not (tmp_path / "r").exists()


def test_training_without_validation_pairs_keeps_the_last_step(
    copied_snapshot, profile, reward_settings, tmp_path
):
    for split in ("validation", "test"):
        write_table(copied_snapshot / "pairs" / "emo" / f"{split}.parquet", [], PAIR_SCHEMA)
    seal(copied_snapshot)
    report = train_reward(
        copied_snapshot, tmp_path / "r", reward_settings, profile, show_progress=False
    )
    assert [split.n for split in report.splits.values()] == [30, 0, 0]
    assert report.splits["test"].accuracy is None
    assert "| test | 0 | 0 |" in (tmp_path / "r" / "README.md").read_text()


def test_interrupted_training_goes_on(reward_run, snapshot_folder, profile, tmp_path):
    settings = RewardSettings.model_validate(read_json(reward_run / "run.json")["settings"])
    run = tmp_path / "r"
    threading.Thread(target=_stop_after_a_checkpoint, args=(run,), daemon=True).start()
    with pytest.raises(RunInterrupted):
        train_reward(snapshot_folder, run, settings, profile, show_progress=False)
    assert read_json(run / "run.json")["status"] == "cancelled"
    train_reward(snapshot_folder, run, settings, profile, resume=True, show_progress=False)
    assert reward_model_hash(run) == reward_model_hash(reward_run)


def _stop_after_a_checkpoint(run: Path) -> None:
    while not list((run / "checkpoints").glob("*/trainer_state.json")):
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGTERM)


def test_heads_leave_out_different_clips(features, preferences):
    settings = RewardSettings(axis="emo", heads=3, judges=1, left_out_share=0.34)
    taught = taught_clips(features, preferences, settings)
    train = sorted({features.clip_rows[pair.clip_id] for pair in preferences.pairs["train"]})
    left_out = [{row for row in train if not taught[row, head]} for head in range(3)]
    assert all(len(clips) == round(0.34 * len(train)) for clips in left_out)
    assert left_out[0] != left_out[1]
    torch.testing.assert_close(taught[train].mean(dim=0), torch.ones(3))


def test_a_head_learns_nothing_from_what_it_leaves_out(features, preferences, tmp_path):
    settings = RewardSettings(axis="emo", heads=2, judges=1, centring=0.0, device="cpu")
    model = new_reward_model(features, preferences, settings, "hash")
    with started_run(tmp_path / "r", kind="reward", settings=settings, seed=0) as run:
        trainer = new_trainer(model, features, preferences, settings, run)
    trainer._taught = torch.tensor([[1.0, 0.0]]).expand(len(features.clip_rows), -1)
    trainer.compute_loss(model.train(), trainer.train_dataset.batch(range(4))).backward()
    gradient = model.heads.of_image.weight.grad.abs().sum(dim=(1, 2))
    assert gradient[0] > 0
    assert gradient[1] == 0


class _FullDisk(TrainerCallback):
    """After the first checkpoint no file can grow beyond 2 kB, as on a disk that is full."""

    def on_save(self, args, state, control, **_):
        _most_bytes(2048)


def _most_bytes(count: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, resource.RLIM_INFINITY))


def test_a_full_disk_leaves_the_checkpoint_before_it(
    features, preferences, reward_settings, tmp_path
):
    model = new_reward_model(features, preferences, reward_settings, "hash")
    with started_run(tmp_path / "r", kind="reward", settings=reward_settings, seed=0) as run:
        trainer = new_trainer(model, features, preferences, reward_settings, run)
        trainer.add_callback(_FullDisk())
        try:
            with pytest.raises(RunFailed, match=r"checkpoint-\d+ cannot be written: .* --resume"):
                trainer.train()
        finally:
            _most_bytes(resource.RLIM_INFINITY)
        (survivor,) = run.path("checkpoints").iterdir()
        fresh = new_reward_model(features, preferences, reward_settings, "hash")
        again = new_trainer(fresh, features, preferences, reward_settings, run)
        again.train(resume_from_checkpoint=str(survivor))
    assert again.state.global_step > int(survivor.name.split("-")[1])


def _with_labels(snapshot: Path, label_of) -> None:
    """Replace the shares of votes of all emo pairs; `label_of` gets the rows of a split."""
    for split in ("train", "validation", "test"):
        path = snapshot / "pairs" / "emo" / f"{split}.parquet"
        rows = pq.read_table(path).to_pylist()
        for row, label in zip(rows, label_of(rows), strict=True):
            row["label_0"], row["label_1"] = label, 1 - label
        write_table(path, rows, PAIR_SCHEMA)
    seal(snapshot)


def test_ties_alone_give_an_unfit_model_without_preferences(
    copied_snapshot, profile, reward_settings, tmp_path
):
    _with_labels(copied_snapshot, lambda rows: [0.5] * len(rows))
    report = train_reward(
        copied_snapshot, tmp_path / "r", reward_settings, profile, show_progress=False
    )
    assert (report.fitness.verdict, report.splits["test"].decided) == ("unfit", None)
    assert report.splits["test"].n_ties == report.splits["test"].n > 0
    assert read_json(tmp_path / "r" / "disagreements.json") == {"disagreements": []}


def test_votes_that_contradict_each_other_give_an_unfit_model(
    copied_snapshot, profile, reward_settings, tmp_path
):
    """Every comparison comes twice, once decided for each of its pictures."""
    for split in ("train", "validation", "test"):
        path = copied_snapshot / "pairs" / "emo" / f"{split}.parquet"
        rows = pq.read_table(path).to_pylist()
        twins = [row | {"comparison_id": f"{row['comparison_id']}/again"} for row in rows]
        write_table(path, [*rows, *twins], PAIR_SCHEMA)
    _with_labels(copied_snapshot, _halves)
    report = train_reward(
        copied_snapshot, tmp_path / "r", reward_settings, profile, show_progress=False
    )
    assert report.splits["train"].decided.accuracy == 0.5
    assert report.fitness.verdict == "unfit"
    assert report.splits["train"].loss == pytest.approx(0.693, abs=0.05)


def _halves(rows: list) -> list[float]:
    return [1.0] * (len(rows) // 2) + [0.0] * (len(rows) // 2)
