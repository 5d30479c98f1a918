import pytest
import torch

from cluster_sampling.imagebind import ImageBind
from cluster_sampling.imagebind_config import ImageBindConfig


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return ImageBind(ImageBindConfig.mini(width=32, vocabulary=50, size_px=32)).eval()


def test_mini_has_between_1_and_1_5_million_parameters():
    count = sum(parameter.numel() for parameter in ImageBind(ImageBindConfig.mini()).parameters())

    assert 1_000_000 < count < 1_500_000


def test_features_are_unit_vectors_of_the_shared_width(model):
    audio = model.audio_features(torch.randn(2, 3, 1, 64, 100))
    image = model.image_features(torch.rand(2, 3, 32, 32))
    text = model.text_features(torch.tensor([[0, 5, 1], [0, 1, 1]]))

    for features in (audio, image, text):
        assert features.shape == (2, 32)
        torch.testing.assert_close(features.norm(dim=1), torch.ones(2))


def test_levels_end_in_the_features_and_fill_their_blocks(model):
    pictures = torch.rand(2, 3, 32, 32)

    levels = model.image_levels(pictures)

    blocks = model.config.level_blocks
    assert levels.shape == (2, sum(blocks))
    torch.testing.assert_close(levels[:, -blocks[-1] :], model.image_features(pictures))
    patches = model.image.stem(pictures.unsqueeze(2)).flatten(2).transpose(1, 2)
    torch.testing.assert_close(levels[:, : blocks[0]], patches.mean(dim=1))


def test_levels_of_an_even_picture_have_a_finite_gradient(model):
    picture = torch.full((1, 3, 32, 32), 0.5, requires_grad=True)

    model.image_levels(picture).sum().backward()

    assert torch.isfinite(picture.grad).all()


def test_levels_are_read_after_each_third_of_a_deep_tower():
    assert ImageBindConfig.huge().image_sizes.read_depths == (11, 22, 32)
    assert ImageBindConfig.mini().image_sizes.read_depths == (1, 2)


def test_forward_scales_as_the_official_model(model):
    window = torch.randn(1, 1, 1, 64, 100)
    same_windows = window.expand(-1, 3, -1, -1, -1)

    output = model(same_windows, torch.rand(1, 3, 32, 32), torch.tensor([[0, 1]]))

    assert output.audio.norm().item() == pytest.approx(20, rel=1e-5)
    assert output.image.norm().item() == pytest.approx(1, rel=1e-5)
    assert output.text.norm().item() == pytest.approx(1 / 0.07, rel=1e-5)


def test_text_after_the_first_end_has_no_effect(model):
    short = model.text_features(torch.tensor([[0, 7, 8, 1]]))
    padded = model.text_features(torch.tensor([[0, 7, 8, 1, 9, 1, 4]]))

    torch.testing.assert_close(short, padded)


def test_gradients_reach_every_trained_weight(model):
    mel, pixels = torch.randn(2, 3, 1, 64, 100), torch.rand(2, 3, 32, 32)
    output = model(mel, pixels, torch.tensor([[0, 5, 1], [0, 6, 1]]))
    target = torch.randn(2, 32)

    (output.audio * target + output.image * target + output.text * target).sum().backward()

    untouched = {n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()}
    model.zero_grad()
    assert untouched == {"log_audio_scale"}


def test_equal_seeds_give_equal_weights():
    models = []
    for _ in range(2):
        torch.manual_seed(3)
        models.append(ImageBind(ImageBindConfig.mini(width=32)).state_dict())

    assert all(torch.equal(value, models[1][name]) for name, value in models[0].items())


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("audio_features", torch.zeros(1, 3, 1, 64, 99)),
        ("image_features", torch.zeros(1, 3, 33, 32)),
        ("text_features", torch.zeros(1, 5, dtype=torch.long)),
        ("text_features", torch.ones(1, 78, dtype=torch.long)),
    ],
)
def test_inputs_of_another_shape_or_without_end_are_refused(model, method, given):
    with pytest.raises(ValueError, match=r"shape|end token|context"):
        getattr(model, method)(given)


def test_sizes_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="width 30 is not a multiple of the 4 heads"):
        ImageBindConfig(audio={"width": 30, "heads": 4})
    with pytest.raises(TypeError, match="widht"):
        ImageBindConfig(audio={"widht": 30})
