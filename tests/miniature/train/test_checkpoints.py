import pytest
import torch

from miniature.train.checkpoints import Trainee, load_checkpoint, save_checkpoint
from miniature.train.loop import optimizer_for, rate_share
from workbench.errors import BadInput


def trainee(width=3):
    torch.manual_seed(0)
    modules = {"line": torch.nn.Linear(width, 2)}
    return Trainee(modules, optimizer_for(modules, 1e-2), ema_decay=0.9)


def step(someone):
    someone.optimizer.zero_grad()
    line = someone.modules["line"]
    line(torch.ones(1, line.in_features)).square().sum().backward()
    someone.optimizer.step()
    someone.average(0)


def test_checkpoint_restores_weights_averages_and_optimizer(tmp_path):
    one, other = trainee(), trainee()
    step(one)
    save_checkpoint(tmp_path / "c.safetensors", one, 1)

    assert load_checkpoint(tmp_path / "c.safetensors", other) == 1
    for someone in (one, other):
        step(someone)
    for name, parameter in one.parameters().items():
        assert torch.equal(parameter, other.parameters()[name])
        assert torch.equal(one.averages[name], other.averages[name])


def test_checkpoint_that_is_absent_means_step_0(tmp_path):
    assert load_checkpoint(tmp_path / "none.safetensors", trainee()) == 0


@pytest.mark.parametrize("content", [b"", b"not a checkpoint at all", b"\xff" * 64])
def test_checkpoint_that_is_broken_is_refused(tmp_path, content):
    (tmp_path / "c.safetensors").write_bytes(content)

    with pytest.raises(BadInput, match="is no checkpoint of this recipe"):
        load_checkpoint(tmp_path / "c.safetensors", trainee())


def test_checkpoint_of_another_size_is_refused(tmp_path):
    save_checkpoint(tmp_path / "c.safetensors", trainee(5), 1)

    with pytest.raises(BadInput, match="is no checkpoint of this recipe"):
        load_checkpoint(tmp_path / "c.safetensors", trainee(3))


def test_take_averages_puts_the_moving_average_in_place():
    someone = trainee()
    before = someone.modules["line"].weight.detach().clone()
    step(someone)
    after = someone.modules["line"].weight.detach().clone()
    someone.take_averages()

    # In the first step the decay is (1 + 0) / (10 + 0) = 0.1.
    torch.testing.assert_close(someone.modules["line"].weight.detach(), 0.1 * before + 0.9 * after)


def test_rate_rises_stays_and_falls():
    assert [round(rate_share(s, 1000), 3) for s in (0, 49, 99, 500, 699)] == [
        0.01, 0.5, 1.0, 1.0, 1.0,
    ]  # fmt: skip
    assert rate_share(850, 1000) == pytest.approx(0.51)
    assert rate_share(999, 1000) < 0.03
