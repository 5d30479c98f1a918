from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
import torch

from rlhf._backbone import open_backbone
from rlhf._features import encode_preferences, read_preferences_raw
from rlhf._interruption import Resumable
from rlhf._reward_config import RewardModelConfig
from rlhf._unfreezing import learning_parameters
from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import new_reward_model, reward_model_hash, train_reward
from tests.factories.dual_encoders import tiny_clip
from workbench.files import read_json


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    return tiny_clip(tmp_path_factory.mktemp("clip") / "clip")


def _settings(backbone="", **changes) -> RewardSettings:
    known = {"axis": "emo", "epochs": 1, "hidden": 8, "resamples": 50, "evaluations": 2,
             "batch_size": 8, "lora_rank": 2, "last_blocks": 1, "device": "cpu"}  # fmt: skip
    return RewardSettings(**known | {"backbone": str(backbone)} | changes)


def _gradients(settings, preferences, profile) -> dict[str, torch.Tensor]:
    """Of what learns of the backbone, after one batch; LoRA would not start from 0 here."""
    embedder = open_backbone(settings, profile.embedder, "cpu")
    features = encode_preferences(embedder, preferences)
    model = new_reward_model(features, preferences, settings, "hash").eval()
    model.attach(embedder)
    for name, parameter in model.towers.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(0))
    model.learn_towers(saves_memory=settings.saves_memory)
    raw = read_preferences_raw(embedder, preferences, None, features)
    model(image=raw.images[:4], **raw.clips.rows(torch.arange(4))._asdict()).logits.sum().backward()
    return {name: each.grad for name, each in model.towers.named_parameters() if each.requires_grad}


@pytest.mark.parametrize("has_clip", [True, False], ids=["CLIP", "ImageBind"])
@pytest.mark.parametrize("unfrozen", ["lora", "last"])
def test_recomputed_blocks_give_the_same_gradients(
    clip_folder, preferences, profile, has_clip, unfrozen
):
    kept, recomputed = (
        _gradients(
            _settings(clip_folder if has_clip else "", unfrozen=unfrozen, saves_memory=saves),
            *(preferences, profile),
        )
        for saves in (False, True)
    )
    assert kept.keys() == recomputed.keys()
    assert all(gradient.abs().sum() > 0 for name, gradient in kept.items() if "k_proj" not in name)
    for name, gradient in kept.items():
        torch.testing.assert_close(recomputed[name], gradient)


@pytest.mark.parametrize("learns", ["image", "text"])
def test_one_tower_alone_may_learn(clip_folder, profile, learns):
    settings = _settings(clip_folder, unfrozen="lora", learns=learns)
    model = open_backbone(settings, profile.embedder, "cpu").model
    names = learning_parameters(model, RewardModelConfig(unfrozen="lora", learns=learns)).keys()
    tower = {"image": "clip.vision_model", "text": "clip.text_model"}[learns]
    assert names
    assert all(name.startswith(tower) for name in names)


def test_what_stays_frozen_is_stored_in_bf16(clip_folder, profile):
    settings = _settings(clip_folder, unfrozen="lora", precision="bf16")
    model = open_backbone(settings, profile.embedder, "cpu").model
    learning = learning_parameters(model, RewardModelConfig(unfrozen="lora", precision="bf16"))
    dtypes = {name: each.dtype for name, each in model.named_parameters()}
    assert {dtypes.pop(name) for name in learning} == {torch.float32}
    assert set(dtypes.values()) == {torch.bfloat16}


@pytest.mark.parametrize("unfrozen", ["none", "last"])
def test_bf16_trains_near_to_fp32(clip_folder, snapshot_folder, profile, tmp_path, unfrozen):
    losses = []
    for precision in ("fp32", "bf16"):
        settings = _settings(clip_folder, unfrozen=unfrozen, precision=precision)
        run = tmp_path / precision
        report = train_reward(snapshot_folder, run, settings, profile, show_progress=False)
        losses.append(report.splits["train"].loss)
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], abs=0.02)


@pytest.mark.parametrize("backbone", ["CLIP", "ImageBind"])
def test_interrupted_training_of_a_backbone_goes_on_bit_for_bit(
    clip_folder, snapshot_folder, profile, tmp_path, backbone
):
    folder = clip_folder if backbone == "CLIP" else ""
    settings = _settings(folder, unfrozen="lora", epochs=2, evaluations=4)
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    train_reward(snapshot_folder, whole, settings, profile, show_progress=False)
    threading.Thread(target=_stop_after_a_checkpoint, args=(stopped,), daemon=True).start()
    with pytest.raises(Resumable):
        train_reward(snapshot_folder, stopped, settings, profile, show_progress=False)
    assert read_json(stopped / "run.json")["status"] == "cancelled"
    train_reward(snapshot_folder, stopped, settings, profile, resume=True, show_progress=False)
    assert reward_model_hash(whole) == reward_model_hash(stopped)


def _stop_after_a_checkpoint(run: Path) -> None:
    while not list((run / "checkpoints").glob("*/trainer_state.json")):
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGTERM)
