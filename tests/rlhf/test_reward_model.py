from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from cluster_sampling.embedder import load_embedder
from rlhf._features import encode_clips
from rlhf._heads import Blanks, Clips, Heads
from rlhf.preferences import Clip
from rlhf.reward_model import (
    Centring,
    ClipFeatures,
    Others,
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


def _config(**changes) -> RewardModelConfig:
    return RewardModelConfig(embedding_width=32, level_width=40, **changes)


def test_model_keeps_what_it_is_of(model, preferences):
    assert (model.config.axis, model.config.num_labels) == ("emo", 1)
    assert model.config.snapshot_sha256 == preferences.snapshot.sha256
    assert model.config.reward_sd > 0


def test_model_saves_no_tower(reward_run):
    names = {name.split(".")[0] for name in load_file(reward_run / "model" / "model.safetensors")}
    assert names == {
        *("null_music", "null_text", "music_scale", "text_scale", "image_scale"),
        "heads",
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
    features = torch.from_numpy(embedder.embed_image_levels([picture.path]))
    clips = encode_clips(embedder, [preferences.clips[picture.clip_id]])
    pixels = embedder.read_image(picture.path).unsqueeze(0)
    by_pixels = embedder.levels_of(pixels)
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
    model = RewardModel(_config(hears="text")).eval()
    known, image = _clips(1), torch.rand(1, 40, generator=torch.Generator().manual_seed(0))
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
    model = RewardModel(_config())
    with pytest.raises(ValueError, match="call attach first"):
        model.score(torch.rand(1, 3, 32, 32), _clips(1))


def test_attach_refuses_another_width(profile):
    model = RewardModel(RewardModelConfig(embedding_width=8, level_width=40))
    with pytest.raises(BadInput, match=r"is 32 wide .* was trained on 8 \(levels 40, music 8\)"):
        model.attach(load_embedder(profile.embedder))


def test_model_that_reads_the_embedding_alone_ignores_the_levels():
    clips, image = _clips(1), torch.rand(1, 40, generator=torch.Generator().manual_seed(0))
    other = torch.cat([-image[:, :8], image[:, 8:]], dim=1)
    with torch.no_grad():
        for reads, is_same in (("embedding", True), ("levels", False)):
            model = RewardModel(_config(reads=reads)).eval()
            first, second = (model(image=i, **clips._asdict()).logits for i in (image, other))
            assert torch.equal(first, second) is is_same


def test_model_reads_the_look_only_when_told():
    image = torch.rand(2, 40, generator=torch.Generator().manual_seed(0))
    other = torch.cat([image[:, :6] + 1, image[:, 6:]], dim=1)
    for reads, is_read in (("levels", False), ("all", True)):
        model = RewardModel(_config(reads=reads, look_width=6)).eval()
        with torch.no_grad():
            one, two = (model(image=x, **_clips(2)._asdict()).logits for x in (image, other))
        assert torch.equal(one, two) is not is_read


def test_judges_are_not_asked_for_rewards():
    model = RewardModel(_config(heads=3, judges=1)).eval()
    clips, image = _clips(2), torch.rand(2, 40, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        said = model(image=image, **clips._asdict())
    torch.testing.assert_close(said.logits[:, 0], said.by_head[:, :2].mean(dim=1))
    assert not torch.allclose(said.by_head[:, 2], said.logits[:, 0])


def test_heads_fit_by_a_product_worked_out_by_hand():
    heads = Heads(1, clip_width=1, image_width=1, hidden=1, rank=1, dropout=0.0)
    with torch.no_grad():
        for layer, weight, bias in (
            (heads.of_clip, 1.0, 0.0),
            (heads.of_image, 1.0, 0.0),
            (heads.appeal, 3.0, 0.5),
            (heads.image_side, 2.0, 0.0),
            (heads.clip_side, 5.0, 0.0),
        ):
            layer.weight.fill_(weight)
            layer.bias.fill_(bias)
        # The second clip is a gap, for which the null row -1 stands.
        clips = Clips(torch.tensor([[1.0], [0.0]]), torch.eye(2)[:, 1:], torch.tensor([[-1.0]]))
        rewards = heads(clips, torch.tensor([[2.0], [2.0]])).squeeze(1).tolist()
    known, null, image = 0.841345, -0.158655, 1.954500  # x Phi(x) at 1, -1 and 2
    assert rewards == pytest.approx(
        [3 * image + 0.5 + 2 * image * 5 * clip for clip in (known, null)], abs=1e-4
    )


def test_a_row_that_is_shown_often_is_read_once():
    config = _config(heads=3, judges=1)
    model, generator = RewardModel(config).eval(), torch.Generator().manual_seed(0)
    images, clips = torch.randn(4, 40, generator=generator), _clips(2)
    shown = torch.tensor([[3, 0, 3, 1], [0, 1, 1, 1]])
    at_once = model(image=images, shown=shown, **clips._asdict())
    row_by_row = model(image=images[shown[0]], **clips.rows(shown[1])._asdict())
    torch.testing.assert_close(at_once.by_head, row_by_row.by_head)


def test_blanks_keep_the_mean_and_the_share():
    torch.manual_seed(0)
    rows = torch.ones(401, 1001, requires_grad=True)
    blanked = Blanks(0.3).train()(rows)
    assert blanked.unique().tolist() == pytest.approx([0.0, 256 / 179])
    assert (blanked > 0).float().mean().item() == pytest.approx(0.7, abs=0.003)
    assert blanked.mean().item() == pytest.approx(1.0, abs=0.003)
    blanked.sum().backward()
    torch.testing.assert_close(rows.grad, blanked.detach())


def test_blanks_leave_all_when_asked_and_when_none_are_wanted():
    rows = torch.ones(3, 4)
    assert torch.equal(Blanks(0.5).eval()(rows), rows)
    assert torch.equal(Blanks(0.0).train()(rows), rows)


def test_caution_takes_away_what_heads_disagree_on(model, preferences):
    images = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    clips = _clips(3)
    with torch.no_grad():
        said = model(image=model.embedder.image_levels(images), **clips._asdict()).by_head
        bold, wary = model.score(images, clips), model.score(images, clips, caution=2.0)
    asked = model.standardised_by_head(said)[:, : model.n_asked]
    torch.testing.assert_close(bold - wary, 2 * asked.std(dim=1, correction=0), atol=1e-4, rtol=0)


def test_least_score_is_that_of_the_least_pleased_head_that_is_asked(model):
    images = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        said = model(image=model.embedder.image_levels(images), **_clips(3)._asdict()).by_head
        least = model.least_score(images, _clips(3))
    asked = model.standardised_by_head(said)[:, : model.n_asked]
    assert least.tolist() == pytest.approx([min(row) for row in asked.tolist()])


def test_judge_is_the_mean_of_the_standardised_judges(model):
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        said = model(image=model.embedder.image_levels(images), **_clips(2)._asdict()).by_head
        expected = model.standardised_by_head(said)[:, model.n_asked :].mean(dim=1)
        torch.testing.assert_close(model.judge(images, _clips(2)), expected)


def test_judge_without_judges_is_refused():
    with pytest.raises(ValueError, match="train it with judges >= 1"):
        RewardModel(_config(judges=0)).judge(torch.rand(1, 3, 32, 32), _clips(1))


def test_others_take_off_what_a_picture_is_worth_for_them_on_average(model):
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    own, foreign = _clips(2), _clips(5)
    typical = model.typical_of(foreign)
    halved = Others(typical, 0.5)
    with torch.no_grad():
        for_own = model.score(images, own)
        for_each = [model.score(images, foreign.rows(torch.full((2,), row))) for row in range(5)]
        left = model.score(images, own, others=halved)
    torch.testing.assert_close(left, for_own - 0.5 * torch.stack(for_each).mean(dim=0))
    with torch.no_grad():
        least = model.least_score(images, own, others=halved)
        judged = model.judge(images, own, others=halved)
    assert not torch.allclose(least, model.least_score(images, own))
    assert not torch.allclose(judged, model.judge(images, own))


def test_agreeing_heads_leave_a_finite_gradient(model):
    images = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)).requires_grad_()
    flat = torch.zeros_like(images) + images.mean()  # Every patch is equal: no spread at all.
    model.score(flat, _clips(1), caution=1.0).sum().backward()
    assert torch.isfinite(images.grad).all()


def test_centring_by_blocks_keeps_proportions_within_each():
    rows = torch.tensor([[1.0, 2.0, 10.0], [-1.0, -2.0, -10.0]])
    centring = Centring(3)
    centring.fit(rows, [2, 1])
    assert centring(rows)[0].tolist() == pytest.approx([1 / 2.5**0.5, 2 / 2.5**0.5, 1.0])
