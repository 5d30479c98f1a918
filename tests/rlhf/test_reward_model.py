from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from cluster_sampling.embedder import load_embedder
from rlhf._features import encode_clips
from rlhf.preferences import Clip
from rlhf.reward_model import (
    Centring,
    ClipFeatures,
    RewardModel,
    RewardModelConfig,
    load_reward_model,
)
from tests.factories.embedders import tiny_embedder
from workbench.errors import BadInput
from workbench.files import write_json


@pytest.fixture(scope="module")
def model(reward_run, profile) -> RewardModel:
    return load_reward_model(reward_run / "model", profile.embedder)


def _clips(n: int, width: int = 32) -> ClipFeatures:
    rows = torch.nn.functional.normalize(torch.arange(1.0, n * width + 1).view(n, width), dim=-1)
    return ClipFeatures(rows, rows.flip(1), torch.ones(n, dtype=bool), torch.ones(n, dtype=bool))


def test_model_keeps_what_it_is_of(model, preferences):
    assert (model.config.axis, model.config.num_labels) == ("emo", 1)
    assert model.config.snapshot_sha256 == preferences.snapshot.sha256
    assert model.config.reward_sd > 0


def test_model_saves_no_tower(reward_run):
    names = {name.split(".")[0] for name in load_file(reward_run / "model" / "model.safetensors")}
    assert names == {
        *("null_music", "null_text", "music_scale", "text_scale", "image_scale"),
        *("widen", "narrow"),
    }


def test_score_is_differentiable_in_the_pictures(model):
    images = torch.rand(2, 3, 40, 48, generator=torch.Generator().manual_seed(0))
    images.requires_grad_()
    scores = model.score(images, _clips(2))
    scores.sum().backward()
    assert scores.shape == (2,)
    assert images.grad.abs().amax(dim=(1, 2, 3)).min() > 0


def test_score_agrees_with_the_features_of_files(model, preferences, profile):
    picture = next(iter(preferences.pictures.values()))
    embedder = load_embedder(profile.embedder)
    features = torch.from_numpy(embedder.embed_images([picture.path]))
    clips = encode_clips(embedder, [preferences.clips[picture.clip_id]])
    pixels = embedder.read_image(picture.path).unsqueeze(0)
    by_pixels = embedder.model.image_features(pixels)
    torch.testing.assert_close(features, by_pixels)
    raw = model(image=features, **clips._asdict()).logits.squeeze(-1)
    expected = (raw - model.config.reward_mean) / model.config.reward_sd
    torch.testing.assert_close(model.standardised(raw), expected)


def test_score_ignores_the_row_of_a_missing_half(model):
    images = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    known = _clips(1)
    deaf = known._replace(has_music=torch.tensor([False]))
    other = deaf._replace(music=-deaf.music)
    assert model.score(images, deaf).item() == model.score(images, other).item()
    assert model.score(images, deaf).item() != model.score(images, known).item()


def test_model_that_hears_text_alone_ignores_music():
    model = RewardModel(RewardModelConfig(embedding_width=32, hears="text")).eval()
    known, image = _clips(1), _clips(1).text
    other = known._replace(music=-known.music)
    with torch.no_grad():
        first, second = (model(image=image, **clips._asdict()).logits for clips in (known, other))
    assert torch.equal(first, second)


def test_encode_clips_flags_what_is_missing(preferences, profile):
    clip = next(iter(preferences.clips.values()))
    silent, wordless = clip._replace(audio=None), Clip("w", clip.audio, "", "train")
    clips = encode_clips(load_embedder(profile.embedder), [silent, wordless])
    assert clips.has_music.tolist() == [False, True]
    assert clips.has_text.tolist() == [True, False]
    assert clips.music[0].abs().sum() == 0
    assert clips.music[1].norm().item() == pytest.approx(1, abs=1e-5)


def test_centring_of_equal_rows_stays_finite():
    centring = Centring(4)
    centring.fit(torch.full((3, 4), 0.5))
    assert torch.isfinite(centring(torch.rand(2, 4))).all()


def test_load_refuses_another_embedder(reward_run, tmp_path):
    other = tiny_embedder(tmp_path / "other", seed=1, size_px=32)
    with pytest.raises(BadInput, match="use that one or train it again"):
        load_reward_model(reward_run / "model", other)


def test_load_refuses_what_is_no_reward_model(tmp_path, profile):
    write_json(tmp_path / "config.json", {"model_type": "clip"})
    with pytest.raises(BadInput, match="of type 'clip', not 'musepainter_reward'"):
        load_reward_model(tmp_path, profile.embedder)


def test_load_refuses_broken_weights(reward_run, tmp_path, profile):
    (tmp_path / "config.json").write_bytes((reward_run / "model/config.json").read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(BadInput, match="cannot be read"):
        load_reward_model(tmp_path, profile.embedder)


def test_score_without_towers_is_refused():
    model = RewardModel(RewardModelConfig(embedding_width=32))
    with pytest.raises(ValueError, match="call attach first"):
        model.score(torch.rand(1, 3, 32, 32), _clips(1))


def test_attach_refuses_another_width(profile):
    model = RewardModel(RewardModelConfig(embedding_width=8))
    with pytest.raises(BadInput, match="is 32 wide, the reward model was trained on 8"):
        model.attach(load_embedder(profile.embedder))
