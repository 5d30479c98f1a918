from __future__ import annotations

import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from rlhf._features import encode_clips
from rlhf.refine_settings import RefineSettings
from rlhf.refinement import refine
from rlhf.reward_model import load_reward_model
from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import reward_model_hash, train_reward
from tests.factories.dual_encoders import tiny_clip
from workbench.errors import BadInput
from workbench.files import read_json, write_json

# Of two blocks the last, and what comes after it.
_LAST = ("layers.1.", "post_layernorm", "final_layer_norm", "projection")


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    return tiny_clip(tmp_path_factory.mktemp("clip") / "clip")


def _settings(clip_folder, **changes) -> RewardSettings:
    known = {"axis": "emo", "epochs": 2, "hidden": 8, "resamples": 50, "evaluations": 2}
    return RewardSettings(**known | {"device": "cpu", "backbone": str(clip_folder)} | changes)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, snapshot_folder, profile, clip_folder):
    """Runs by what of the backbone learned."""
    runs = {}
    for unfrozen in ("none", "lora", "last"):
        runs[unfrozen] = tmp_path_factory.mktemp("runs") / unfrozen
        settings = _settings(clip_folder, unfrozen=unfrozen, lora_rank=2, last_blocks=1)
        train_reward(snapshot_folder, runs[unfrozen], settings, profile, show_progress=False)
    return runs


@pytest.mark.parametrize("unfrozen", ["none", "lora", "last"])
def test_checkpoint_records_its_backbone_and_opens(trained, unfrozen, profile, preferences):
    run = trained[unfrozen]
    config = read_json(run / "model" / "config.json")
    assert config["backbone_sha256"] == read_json(run / "run.json")["inputs"]["backbone"]
    assert (config["embedding_width"], config["music_width"], config["unfrozen"]) == (
        *(8, 32),
        unfrozen,
    )
    model = load_reward_model(run / "model", profile.embedder)
    pictures = list(preferences.pictures.values())[:6]
    levels = torch.from_numpy(model.embedder.embed_image_levels([p.path for p in pictures]))
    clips = encode_clips(model.embedder, [preferences.clips[p.clip_id] for p in pictures])
    squares = torch.stack([model.embedder.read_square(p.path) for p in pictures])
    texts = [preferences.clips[p.clip_id].text for p in pictures]
    tokens = torch.stack([model.embedder.read_text(text) for text in texts])
    with torch.no_grad():
        cached = model(image=levels, **clips._asdict()).logits
        live = model(image=squares, **clips._replace(text=tokens)._asdict()).logits
    torch.testing.assert_close(cached, live)


@pytest.mark.parametrize(
    ("unfrozen", "expected"),
    [("none", set()), ("lora", {"lora_A", "lora_B"}), ("last", {"layers.1", "norm", "projection"})],
)
def test_only_what_learns_is_saved(trained, unfrozen, expected):
    weights = load_file(trained[unfrozen] / "model" / "model.safetensors")
    learned = [name for name in weights if name.startswith("towers.")]
    assert all(any(part in name for part in expected) for name in learned)
    assert all(any(part in name for name in learned) for part in expected)
    assert not any("ears" in name for name in learned)


def test_what_learns_has_moved_and_what_does_not_has_not(trained, profile, clip_folder):
    model = load_reward_model(trained["last"] / "model", profile.embedder)
    original = load_file(clip_folder / "model.safetensors")
    now = model.embedder.model.clip.state_dict()
    moved = {name for name, value in original.items() if not torch.equal(value, now[name])}
    assert moved == {name for name in original if any(part in name for part in _LAST)}
    adapted = load_file(trained["lora"] / "model" / "model.safetensors")
    assert all(value.abs().sum() > 0 for name, value in adapted.items() if "lora_B" in name)


@pytest.mark.parametrize("unfrozen", ["none", "lora", "last"])
def test_gradients_reach_pixels_through_the_backbone(trained, unfrozen, profile, preferences):
    model = load_reward_model(trained[unfrozen] / "model", profile.embedder)
    clips = encode_clips(model.embedder, list(preferences.clips.values())[:2])
    images = torch.rand(2, 3, 40, 48, generator=torch.Generator().manual_seed(0)).requires_grad_()
    model.score(images, clips).sum().backward()
    assert images.grad.abs().amax(dim=(1, 2, 3)).min() > 0
    assert all(each.grad is None for each in model.parameters())


@pytest.mark.parametrize("missing", ["has_music", "has_text"])
def test_either_half_of_a_clip_may_be_missing(trained, missing, profile, preferences):
    model = load_reward_model(trained["lora"] / "model", profile.embedder)
    clips = encode_clips(model.embedder, list(preferences.clips.values())[:2])
    lacking = clips._replace(**{missing: torch.tensor([False, False])})
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole, part = model.score(images, clips), model.score(images, lacking)
    assert torch.isfinite(part).all()
    assert not torch.equal(whole, part)


def test_a_painter_is_refined_by_such_a_model(trained, snapshot_folder, profile, tmp_path):
    reward_run = shutil.copytree(trained["lora"], tmp_path / "reward")
    metrics = read_json(reward_run / "metrics.json")
    write_json(
        reward_run / "metrics.json", metrics | {"fitness": {"verdict": "fit", "reasons": []}}
    )
    # What is painted lies far from the few plain pictures whose sd this would be.
    config = read_json(reward_run / "model" / "config.json") | {"reward_sd": 100.0}
    write_json(reward_run / "model" / "config.json", config)
    settings = RefineSettings(
        axis="emo", steps=2, batch_size=2, pretrain_batch_size=2, painting_steps=3, rank=2,
        watch_every=1, watch_pictures=2, evaluation_pictures=2, margin_sd=100, device="cpu",
    )  # fmt: skip
    refine(snapshot_folder, reward_run, tmp_path / "r", settings, profile, show_progress=False)
    run = read_json(tmp_path / "r" / "run.json")
    assert (run["status"], run["inputs"]["reward_model"]) == (
        "succeeded",
        reward_model_hash(reward_run),
    )


def test_a_guard_with_other_towers_is_refused(
    trained, reward_run, snapshot_folder, profile, tmp_path
):
    with pytest.raises(BadInput, match="sees by other towers than the reward model"):
        refine(
            *(snapshot_folder, reward_run, tmp_path / "r", RefineSettings(axis="emo"), profile),
            guards=[trained["none"]],
        )


def test_backbone_must_be_a_clip_model(clip_folder, snapshot_folder, profile, tmp_path):
    other = shutil.copytree(clip_folder, tmp_path / "other")
    write_json(other / "config.json", read_json(other / "config.json") | {"model_type": "siglip"})
    for folder, problem in (
        (tmp_path / "nowhere", "nowhere' is no folder; name one that holds a CLIPModel"),
        (other, "holds a model of type 'siglip'; name a folder with a CLIPModel"),
    ):
        with pytest.raises(BadInput, match=problem):
            train_reward(snapshot_folder, tmp_path / "r", _settings(folder), profile)
    assert not (tmp_path / "r").exists()


def test_more_last_blocks_than_there_are_are_refused(
    clip_folder, snapshot_folder, profile, tmp_path
):
    settings = _settings(clip_folder, unfrozen="last", last_blocks=3)
    with pytest.raises(BadInput, match="last_blocks = 3 are more than the 2 blocks of the image"):
        train_reward(snapshot_folder, tmp_path / "r", settings, profile, show_progress=False)


def test_lora_of_rank_0_is_refused(clip_folder):
    with pytest.raises(ValueError, match="lora_rank"):
        _settings(clip_folder, unfrozen="lora", lora_rank=0)


def test_views_of_a_backbone_that_learns_are_refused(clip_folder):
    with pytest.raises(ValueError, match="set views to 0 or unfrozen to none"):
        _settings(clip_folder, unfrozen="lora", views=2)


@pytest.fixture
def movable(trained, clip_folder, tmp_path):
    """A model with a backbone of its own, which a test may spoil."""
    model = shutil.copytree(trained["lora"] / "model", tmp_path / "model")
    backbone = shutil.copytree(clip_folder, tmp_path / "backbone")
    config = read_json(model / "config.json") | {"backbone": str(backbone)}
    write_json(model / "config.json", config)
    return model, backbone


def test_load_refuses_a_backbone_that_is_gone(movable, profile):
    model, backbone = movable
    shutil.rmtree(backbone)
    with pytest.raises(BadInput, match="backbone' is no folder; name one that holds a CLIPModel"):
        load_reward_model(model, profile.embedder)


def test_load_refuses_another_backbone(movable, profile):
    model, backbone = movable
    shutil.rmtree(backbone)
    tiny_clip(backbone, seed=1)
    with pytest.raises(BadInput, match=r"the backbone in .* has the hash .* use that one or train"):
        load_reward_model(model, profile.embedder)


def test_load_refuses_half_of_what_a_backbone_learned(movable, profile):
    model, _ = movable
    weights = load_file(model / "model.safetensors")
    del weights[next(name for name in weights if "lora_A" in name)]
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BadInput, match=r"does not fit config.json: .*lora_A.* is missing"):
        load_reward_model(model, profile.embedder)
