from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
from diffusers import StableDiffusionXLPipeline
from PIL import Image
from safetensors.torch import load_file
from torch.optim.optimizer import register_optimizer_step_post_hook

from generation.adapters import AdapterChoice
from generation.painter import load_painter, painter_hash
from rlhf._adapter import WEIGHTS_NAME, adapter_parameters, add_adapter, read_lineage, save_adapter
from rlhf._painter import load_base_painter
from rlhf._pretraining_set import snapshot_pictures
from rlhf._refinement_data import briefs_of, refinement_data
from rlhf._rollout import NotFinite
from rlhf.objectives import ReflObjective
from rlhf.preferences import read_preferences
from rlhf.refine_settings import RefineSettings
from rlhf.refinement import kept_adapters, refine
from rlhf.reward_model import load_reward_model
from rlhf.reward_training import reward_model_hash
from tests.factories.embedders import tiny_embedder
from tests.factories.snapshots import seal
from workbench.errors import BadInput, RunFailed, RunInterrupted
from workbench.files import read_json
from workbench.profiles import Profile
from workbench.snapshots import CLIP_SCHEMA, open_snapshot, write_table


def _settings(**changes: Any) -> RefineSettings:
    small = {
        "axis": "emo",
        "steps": 2,
        "batch_size": 2,
        "pretrain_batch_size": 2,
        "rank": 2,
        "painting_steps": 3,
        "evaluation_pictures": 2,
        "reward_weight": 1.0,
        "watch_every": 0,
        "device": "cpu",
    }
    return RefineSettings(**(small | changes))


@pytest.fixture(scope="module")
def refined(tmp_path_factory, snapshot_folder, reward_run, profile) -> tuple[Path, int]:
    """A finished run of two steps and how many optimizer steps it took."""
    folder = tmp_path_factory.mktemp("refined") / "emo"
    taken: list[int] = []
    hook = register_optimizer_step_post_hook(lambda *_: taken.append(1))
    try:
        refine(snapshot_folder, reward_run, folder, _settings(), profile, show_progress=False)
    finally:
        hook.remove()
    return folder, len(taken)


@pytest.fixture(scope="module")
def objective(snapshot_folder, reward_run, profile) -> ReflObjective:
    settings = _settings()
    model = load_reward_model(reward_run / "model", profile.embedder)
    pipeline = load_base_painter(profile, settings, "cpu").pipeline
    preferences = read_preferences(open_snapshot(snapshot_folder), "emo")
    data = refinement_data(
        preferences,
        model.embedder,
        briefs_of(preferences),
        snapshot_pictures(preferences, pipeline.vae, profile.size_px),
    )
    add_adapter(pipeline, settings)
    return ReflObjective(pipeline, model, data, settings, profile.size_px)


def test_refinement_takes_one_optimizer_step_per_iteration(refined):
    folder, taken = refined
    assert taken == 2
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2]
    assert lines[0]["loss"] == pytest.approx(lines[0]["loss_pre"] + lines[0]["loss_rlhf"])


def test_refinement_leaves_the_base_painter_as_it_was(refined, profile):
    lineage = read_lineage(refined[0] / "adapter")
    assert painter_hash(Path(profile.painter)) == lineage["base_painter"]


def test_adapter_carries_its_lineage(refined, reward_run, preferences):
    lineage = read_lineage(refined[0] / "adapter")
    assert lineage["axis"] == "emo"
    assert lineage["snapshot"] == preferences.snapshot.sha256
    assert lineage["reward_model"] == reward_model_hash(reward_run)


def test_adapter_loads_in_plain_diffusers_and_changes_the_picture(refined, profile):
    pipeline = _plain(profile)
    base = _painted(pipeline)
    pipeline.load_lora_weights(refined[0] / "adapter", adapter_name="emo")
    assert not torch.equal(_painted(pipeline), base)
    pipeline.set_adapters(["emo"], [0.0])
    assert torch.equal(_painted(pipeline), base)


def _plain(profile: Profile) -> StableDiffusionXLPipeline:
    pipeline = StableDiffusionXLPipeline.from_pretrained(profile.painter, add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _painted(pipeline: StableDiffusionXLPipeline) -> torch.Tensor:
    return pipeline(
        "blue ocean",
        height=32,
        width=32,
        num_inference_steps=2,
        generator=torch.Generator().manual_seed(0),
        output_type="pt",
    ).images


def test_adapter_is_welcome_to_our_painter(refined, profile):
    painter = load_painter(profile, device="cpu")
    choice = AdapterChoice("emo", refined[0] / "adapter")
    painter.add_adapters([choice], accept_foreign=False)
    assert list(painter.adapters) == ["emo"]


def test_refinement_leaves_a_card_and_a_contact_sheet(refined):
    folder = refined[0]
    assert "# Adapter: emotional consistency (`emo`)" in (folder / "README.md").read_text()
    with Image.open(folder / "contact_sheet.png") as sheet:
        assert sheet.size == (72, 104)
    run = read_json(folder / "run.json")
    assert run["results"]["n"] == 2
    assert run["gradient_norms"]["pretraining"] > 0


def test_adapter_moves_and_everything_else_stays(snapshot_folder, reward_run, profile, tmp_path):
    settings = _settings(adapt_text_encoders=True)
    model = load_reward_model(reward_run / "model", profile.embedder)
    pipeline = load_base_painter(profile, settings, "cpu").pipeline
    preferences = read_preferences(open_snapshot(snapshot_folder), "emo")
    data = refinement_data(
        preferences,
        model.embedder,
        briefs_of(preferences),
        snapshot_pictures(preferences, pipeline.vae, profile.size_px),
    )
    parameters = add_adapter(pipeline, settings)
    objective = ReflObjective(pipeline, model, data, settings, profile.size_px)
    before = _state(pipeline, model)
    optimizer = torch.optim.AdamW(parameters, lr=1e-2)
    # Because B starts at zero, A gets its first gradient in the second step.
    for step in range(2):
        objective.step(step, 1.0, parameters, optimizer)
    changed = {
        name
        for name, value in _state(pipeline, model).items()
        if not torch.equal(value, before[name])
    }
    trainable = {name for name, value in _named(pipeline, model) if value.requires_grad}
    assert changed == trainable
    assert {name.split(".")[0] for name in changed} == {"unet", "text_encoder", "text_encoder_2"}
    save_adapter(pipeline, tmp_path / "adapter", settings, {"axis": "emo"})
    plain = _plain(profile)
    base = _painted(plain)
    plain.load_lora_weights(tmp_path / "adapter", adapter_name="emo")
    assert (base - _painted(pipeline)).abs().max() > 1e-3
    torch.testing.assert_close(_painted(plain), _painted(pipeline), atol=1e-5, rtol=0)


def _named(pipeline: Any, model: Any) -> list[tuple[str, torch.Tensor]]:
    parts = {
        "unet": pipeline.unet,
        "vae": pipeline.vae,
        "text_encoder": pipeline.text_encoder,
        "text_encoder_2": pipeline.text_encoder_2,
        "reward": model,
        "embedder": model.embedder.model,
    }
    return [(f"{p}.{n}", v) for p, part in parts.items() for n, v in part.named_parameters()]


def _state(pipeline: Any, model: Any) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in _named(pipeline, model)}


def test_step_without_pretraining_weight_follows_the_reward_alone(
    snapshot_folder, reward_run, profile
):
    def gradients(weight: float) -> tuple[dict[str, float], list[torch.Tensor]]:
        settings = _settings(pretraining_weight=weight, max_grad_norm=1000)
        model = load_reward_model(reward_run / "model", profile.embedder)
        pipeline = load_base_painter(profile, settings, "cpu").pipeline
        preferences = read_preferences(open_snapshot(snapshot_folder), "emo")
        briefs = briefs_of(preferences)
        close_to = snapshot_pictures(preferences, pipeline.vae, profile.size_px)
        data = refinement_data(preferences, model.embedder, briefs, close_to)
        parameters = add_adapter(pipeline, settings)
        objective = ReflObjective(pipeline, model, data, settings, profile.size_px)
        logged = objective.step(0, 0.7, parameters, torch.optim.SGD(parameters, lr=0.0))
        return logged, [p.grad.clone() for p in parameters if p.grad is not None]

    logged, alone = gradients(0.0)
    logged_sum, together = gradients(1.0)
    _, doubled = gradients(2.0)

    assert logged["loss_pre"] == pytest.approx(logged_sum["loss_pre"])
    assert logged["loss"] == pytest.approx(0.7 * logged["loss_rlhf"])
    assert logged_sum["loss"] == pytest.approx(logged["loss"] + logged["loss_pre"])
    assert any((a - b).abs().max() > 1e-8 for a, b in zip(alone, together, strict=True))
    for none, one, two in zip(alone, together, doubled, strict=True):
        torch.testing.assert_close(two - none, 2 * (one - none), atol=1e-6, rtol=1e-3)


def test_calibrated_weight_meets_the_ratio(objective):
    norms = objective.gradient_norms()
    weight = norms.weight_for(0.5)
    assert weight * norms.reward == pytest.approx(0.5 * norms.pretraining)
    assert norms == objective.gradient_norms()


def test_step_that_is_not_finite_changes_no_weight(objective):
    parameters = adapter_parameters(objective.pipeline)
    before = [parameter.detach().clone() for parameter in parameters]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3)
    with pytest.raises(NotFinite, match="the loss"):
        objective.step(0, float("nan"), parameters, optimizer)
    assert all(torch.equal(a, b) for a, b in zip(before, parameters, strict=True))


def test_adapters_of_single_steps_are_kept(tmp_path, snapshot_folder, reward_run, profile):
    arguments = (snapshot_folder, reward_run)
    settings = _settings(steps=3, adapter_every=2, ema_decay=0.5)
    refine(*arguments, tmp_path / "long", settings, profile, show_progress=False)
    short = settings.model_copy(update={"steps": 2, "adapter_every": 0})
    refine(*arguments, tmp_path / "short", short, profile, show_progress=False)

    kept = kept_adapters(tmp_path / "long")
    assert list(kept) == [2]
    assert read_lineage(kept[2])["step"] == "2"
    stepped, ended = (
        load_file(folder / WEIGHTS_NAME) for folder in (kept[2], tmp_path / "short" / "adapter")
    )
    assert [name for name in ended if not torch.equal(stepped[name], ended[name])] == []
    assert kept_adapters(tmp_path / "short") == {}


def test_keeping_adapters_does_not_change_the_training(
    tmp_path, snapshot_folder, reward_run, profile
):
    final = []
    for every in (0, 1):
        settings = _settings(steps=2, adapter_every=every, ema_decay=0.5)
        run = tmp_path / str(every)
        refine(snapshot_folder, reward_run, run, settings, profile, show_progress=False)
        final.append(load_file(run / "adapter" / WEIGHTS_NAME))
    assert [name for name in final[0] if not torch.equal(final[0][name], final[1][name])] == []


def test_interrupted_run_goes_on_bit_for_bit(tmp_path, snapshot_folder, reward_run, profile):
    settings = _settings(steps=4, ema_decay=0.5)
    arguments = (snapshot_folder, reward_run)
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    refine(*arguments, whole, settings, profile, show_progress=False)
    threading.Thread(target=_stop_after_a_step, args=(stopped,), daemon=True).start()
    with pytest.raises(RunInterrupted, match=r"stopped after step [1-3] of 4; go on with --resume"):
        refine(*arguments, stopped, settings, profile, show_progress=False)
    assert read_json(stopped / "run.json")["status"] == "cancelled"
    assert not (stopped / "adapter").exists()
    refine(*arguments, stopped, settings, profile, resume=True, show_progress=False)
    first, second = (load_file(run / "adapter" / WEIGHTS_NAME) for run in (whole, stopped))
    assert first.keys() == second.keys()
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    logs = [(folder / "metrics.jsonl").read_text() for folder in (whole, stopped)]
    assert logs[0] == logs[1]


def _stop_after_a_step(folder: Path) -> None:
    while not (folder / "metrics.jsonl").exists():
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGTERM)


def test_resume_refuses_other_settings(refined, snapshot_folder, reward_run, profile):
    other = _settings(learning_rate=0.1)
    with pytest.raises(BadInput, match="was started with another learning_rate"):
        refine(snapshot_folder, reward_run, refined[0], other, profile, resume=True)


def test_refinement_keeps_the_last_good_checkpoint(tmp_path, snapshot_folder, reward_run, profile):
    # A rate that no weight survives: the second step meets infinities.
    wild = _settings(steps=5, learning_rate=1.0, max_grad_norm=1000, weight_decay=0, rank=64)
    wild = wild.model_copy(update={"learning_rate": 1e30})
    with pytest.raises(RunFailed, match=r"NaN or infinite at step 2; the checkpoint in .* is the"):
        refine(snapshot_folder, reward_run, tmp_path / "r", wild, profile, show_progress=False)
    assert (tmp_path / "r" / "checkpoint.safetensors").is_file()
    assert not (tmp_path / "r" / "adapter").exists()


def test_refinement_refuses_a_reward_model_of_another_axis(
    tmp_path, snapshot_folder, reward_run, profile
):
    with pytest.raises(BadInput, match="is of the axis 'emo', the adapter is to be of 'cre'"):
        refine(snapshot_folder, reward_run, tmp_path / "r", _settings(axis="cre"), profile)


def test_refinement_refuses_another_embedder(tmp_path, snapshot_folder, reward_run, profile):
    other = tiny_embedder(tmp_path / "other", seed=5, size_px=32)
    foreign = profile.model_copy(update={"embedder": str(other)})
    with pytest.raises(BadInput, match="use that one or train it again"):
        refine(snapshot_folder, reward_run, tmp_path / "r", _settings(), foreign)


def test_refinement_refuses_a_size_that_does_not_fit(
    tmp_path, snapshot_folder, reward_run, profile
):
    odd = profile.model_copy(update={"size_px": 35})
    with pytest.raises(BadInput, match="pictures of 35 px do not fit the painter"):
        refine(snapshot_folder, reward_run, tmp_path / "r", _settings(), odd)


def test_refinement_refuses_a_snapshot_that_holds_nothing_out(
    tmp_path, copied_snapshot, reward_run, profile
):
    table = copied_snapshot / "clips.parquet"
    rows = [row | {"split": "train"} for row in pq.read_table(table).to_pylist()]
    write_table(table, rows, CLIP_SCHEMA)
    seal(copied_snapshot)
    with pytest.raises(BadInput, match=r"has 15 prompts to train on and 0 of clips held out"):
        refine(copied_snapshot, reward_run, tmp_path / "r", _settings(), profile)


def test_refinement_refuses_a_folder_without_a_reward_model(tmp_path, snapshot_folder, profile):
    with pytest.raises(BadInput, match="is no finished reward run"):
        refine(snapshot_folder, tmp_path, tmp_path / "r", _settings(), profile)


@pytest.mark.parametrize(
    "changes", [{"precision": "bf16", "vae_precision": "bf16"}, {"saves_memory": True}]
)
def test_refinement_runs_in_other_precisions(
    tmp_path, snapshot_folder, reward_run, profile, changes
):
    settings = _settings(steps=1, painting_guidance=2.0, **changes)
    refine(snapshot_folder, reward_run, tmp_path / "r", settings, profile, show_progress=False)
    weights = load_file(tmp_path / "r" / "adapter" / WEIGHTS_NAME)
    assert {value.dtype for value in weights.values()} == {torch.float32}
    assert any(value.abs().sum() > 0 for name, value in weights.items() if "lora_B" in name)
