"""What holds for every objective."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file
from torch.optim.optimizer import register_optimizer_step_post_hook

from rlhf._adapter import WEIGHTS_NAME, adapter_parameters
from rlhf._rollout import NotFinite
from rlhf.objectives import OBJECTIVES
from rlhf.objectives._accumulation import accumulate
from rlhf.refine_settings import RefineSettings
from rlhf.refinement import refine
from tests.rlhf.objectives.conftest import small_settings

every_objective = pytest.mark.parametrize("name", list(OBJECTIVES))


def test_every_objective_of_the_settings_exists():
    assert list(OBJECTIVES) == list(RefineSettings.model_fields["objective"].annotation.__args__)


@every_objective
def test_adapter_moves_and_everything_else_stays(workshop, name):
    shop = workshop(name)
    before = shop.state()
    optimizer = torch.optim.AdamW(shop.parameters, lr=1e-2)
    # Because B starts at zero, A gets its first gradient in the second step.
    logged = [shop.objective.step(number, 1.0, shop.parameters, optimizer) for number in range(2)]
    changed = {n for n, value in shop.state().items() if not torch.equal(value, before[n])}
    assert changed == {n for n, value in shop.named() if value.requires_grad}
    assert {"loss", "loss_pre", "loss_rlhf", "gradient_norm"} <= logged[0].keys()
    assert logged[0]["loss"] == pytest.approx(logged[0]["loss_pre"] + logged[0]["loss_rlhf"])


@every_objective
def test_interrupted_training_goes_on_bit_for_bit(
    tmp_path, snapshot_folder, reward_run, profile, name
):
    settings = small_settings(name, steps=3, advantage_minimum=1, pretraining_weight=0.5)
    arguments = (snapshot_folder, reward_run)
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    refine(*arguments, whole, settings, profile, show_progress=False)
    short = settings.model_copy(update={"steps": 1})
    refine(*arguments, resumed, short, profile, show_progress=False)
    refine(*arguments, resumed, settings, profile, resume=True, show_progress=False)
    first, second = (load_file(run / "adapter" / WEIGHTS_NAME) for run in (whole, resumed))
    assert [key for key in first if not torch.equal(first[key], second[key])] == []
    logs = [(run / "metrics.jsonl").read_text() for run in (whole, resumed)]
    assert logs[0] == logs[1]


@every_objective
def test_micro_batches_learn_what_the_whole_batch_learns(workshop, name):
    # A clip and a beta at which the last bit of a float32 does not decide anything.
    changes = {"reward_views": 2, "kl_weight": 0.5, "ratio_clip": 0.5, "dpo_beta": 50.0}

    def learnt(micro_batch):
        shop = workshop(name, micro_batch=micro_batch, pretrain_batch_size=5, **changes)
        _nudge(shop.parameters)
        optimizer = torch.optim.SGD(shop.parameters, lr=0.1)
        return shop, shop.objective.step(0, 0.7, shop.parameters, optimizer)

    (whole, logged), (split, split_logged) = learnt(0), learnt(3)
    for one, other in zip(whole.parameters, split.parameters, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)
    assert split_logged == pytest.approx(logged, rel=1e-4, abs=1e-5)


def _nudge(parameters):
    """Away from the start, where half of the adapter has no gradient."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in parameters:
            parameter.add_(0.02 * torch.randn(parameter.shape, generator=generator))


@every_objective
def test_gradient_of_the_sum_is_the_sum_of_the_gradients(workshop, name):
    shop = workshop(name, max_grad_norm=1e3, inner_updates=1, dpo_beta=50.0)

    def gradients(*terms):
        for parameter in shop.parameters:
            parameter.grad = None
        for parts, weight in terms:
            accumulate(parts, weight)
        return [parameter.grad.clone() for parameter in shop.parameters]

    def losses():
        generator = shop.objective.generator(0)
        return shop.objective.pretraining(generator), shop.objective.lesson(generator)

    weight = 0.7
    separate = [gradients((losses()[0], 1.0)), gradients((losses()[1], 1.0))]
    still = torch.optim.SGD(shop.parameters, lr=0.0)
    shop.objective.step(0, weight, shop.parameters, still)
    together = [parameter.grad for parameter in shop.parameters]
    for whole, first, second in zip(together, *separate, strict=True):
        torch.testing.assert_close(whole, first + weight * second, atol=1e-6, rtol=1e-4)


@every_objective
def test_calibrated_weight_meets_the_ratio_and_leaves_no_trace(workshop, name):
    shop = workshop(name, advantage_minimum=1, margin_sd=100.0)
    before = {key: value.clone() for key, value in shop.objective.memory().items()}
    norms = shop.objective.gradient_norms()
    weight = norms.weight_for(0.5)
    assert weight * norms.reward == pytest.approx(0.5 * norms.pretraining)
    assert norms == shop.objective.gradient_norms()
    for key, value in shop.objective.memory().items():
        torch.testing.assert_close(value, before[key], equal_nan=True)


@every_objective
def test_step_that_is_not_finite_changes_no_weight(workshop, name):
    shop = workshop(name)
    before = shop.state()
    optimizer = torch.optim.AdamW(shop.parameters, lr=1e-3)
    with pytest.raises(NotFinite, match="the loss"):
        shop.objective.step(0, float("nan"), shop.parameters, optimizer)
    assert all(torch.equal(value, before[key]) for key, value in shop.state().items())


@pytest.mark.parametrize(("name", "updates"), [("refl", 1), ("ddpo", 3), ("grpo", 3)])
def test_policy_gradients_alone_update_several_times(workshop, name, updates):
    shop = workshop(name, inner_updates=3)
    taken: list[int] = []
    hook = register_optimizer_step_post_hook(lambda *_: taken.append(1))
    try:
        optimizer = torch.optim.AdamW(shop.parameters, lr=1e-3)
        shop.objective.step(0, 1.0, shop.parameters, optimizer)
    finally:
        hook.remove()
    assert len(taken) == updates


@pytest.mark.parametrize("with_text_encoders", [False, True])
def test_distance_to_the_base_is_zero_until_the_adapter_moves(workshop, with_text_encoders):
    shop = workshop("refl", kl_weight=0.5, adapt_text_encoders=with_text_encoders)
    optimizer = torch.optim.AdamW(shop.parameters, lr=1e-2)
    logged = [shop.objective.step(n, 1.0, shop.parameters, optimizer) for n in range(2)]
    assert logged[0]["loss_kl"] == pytest.approx(0.0, abs=1e-12)
    assert logged[1]["loss_kl"] > 0
    parts = (logged[1][key] for key in ("loss_pre", "loss_rlhf"))
    assert logged[1]["loss"] == pytest.approx(sum(parts) + 0.5 * logged[1]["loss_kl"])
    assert len(adapter_parameters(shop.objective.pipeline)) == len(shop.parameters)


def test_distance_to_the_base_pulls_without_any_other_loss(workshop):
    shop = workshop("refl", kl_weight=1.0, pretraining_weight=0.0)
    _nudge(shop.parameters)
    optimizer = torch.optim.SGD(shop.parameters, lr=1e-2)
    distances = [
        shop.objective.step(0, 0.0, shop.parameters, optimizer)["loss_kl"] for _ in range(4)
    ]
    assert sorted(distances, reverse=True) == distances
    assert distances[-1] < distances[0]


def test_share_of_pictures_below_the_margin_is_logged(workshop):
    objective = workshop("refl", margin_sd=1.0).objective
    facts = objective.reward_facts(torch.tensor([0.5, 0.9, 1.0, 3.0]))
    # Those at the margin and above push no more.
    assert facts == {"reward": pytest.approx(1.35), "active_fraction": 0.5}
