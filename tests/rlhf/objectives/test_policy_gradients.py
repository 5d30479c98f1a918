from __future__ import annotations

import math

import pytest
import torch
from diffusers import DDIMScheduler
from torch import nn

from rlhf._rollout import Denoiser
from rlhf.objectives import DdpoObjective, GrpoObjective
from rlhf.objectives._accumulation import accumulate
from rlhf.objectives._gaussian_chain import (
    Gaussian,
    decision,
    log_probability,
    stochastic_rollout,
)
from rlhf.objectives._policy_gradient import mirrored, ppo_clip_loss
from rlhf.objectives.ddpo import tracked_advantages
from rlhf.objectives.grpo import group_advantages
from tests.rlhf.objectives.conftest import small_settings
from workbench.errors import BadInput

both = pytest.mark.parametrize("name", ["ddpo", "grpo"])


class Warmth(nn.Module):
    """The plainest reward: how much more red than blue a picture is, in units of 0.01."""

    def said(self, images, clips, others):
        return images

    def score_of(self, said, *, caution):
        return 100 * (said[:, 0] - said[:, 2]).mean(dim=(1, 2))


def test_log_probability_is_that_of_a_normal_distribution():
    latents = torch.tensor([[[[1.0, 3.0]]]])
    gaussian = Gaussian(torch.tensor([[[[0.0, 1.0]]]]), 2.0)
    # z = 0.5 and 1: (0.125 + 0.5) / 2 = 0.3125; log 2 = 0.693147; log(2 pi) / 2 = 0.918939.
    assert log_probability(latents, gaussian).tolist() == pytest.approx([-1.924586])
    normal = torch.distributions.Normal(gaussian.mean, gaussian.sd)
    expected = normal.log_prob(latents).mean().item()
    assert log_probability(latents, gaussian).item() == pytest.approx(expected)


@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction"])
def test_decision_is_the_stochastic_step_of_diffusers(workshop, prediction_type):
    objective = workshop("ddpo").objective
    scheduler = DDIMScheduler(
        prediction_type=prediction_type,
        clip_sample=False,
        timestep_spacing="trailing",
    )
    scheduler.set_timesteps(4)
    denoiser = objective.denoiser(objective.data.briefs.train[:1])
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    noise = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        gaussian = decision(denoiser, scheduler, 1, latents)
        timestep = scheduler.timesteps[1]
        expected = scheduler.step(
            denoiser(latents, timestep), timestep, latents, eta=1.0, variance_noise=noise
        ).prev_sample
    torch.testing.assert_close(gaussian.mean + gaussian.sd * noise, expected, atol=1e-5, rtol=1e-5)


def test_chain_of_a_schedule_without_terminal_signal_is_finite(workshop):
    objective = workshop("ddpo").objective
    scheduler = DDIMScheduler(
        prediction_type="v_prediction",
        clip_sample=False,
        timestep_spacing="trailing",
        rescale_betas_zero_snr=True,
    )
    scheduler.set_timesteps(4)
    noise = torch.randn(2, 4, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    denoiser: Denoiser = objective.denoiser(objective.data.briefs.train[:2])
    chain = stochastic_rollout(denoiser, scheduler, noise)
    assert chain.latents.shape == (2, 4, 4, 8, 8)
    assert chain.log_probs.shape == (2, 3)
    assert torch.isfinite(chain.log_probs).all()


def test_ppo_loss_by_hand():
    ratios = torch.tensor([1.3, 0.5, 0.5, 1.3], requires_grad=True)
    advantages = torch.tensor([1.0, 1.0, -1.0, -1.0])
    loss = ppo_clip_loss(ratios, advantages, 0.2)
    loss.backward()
    # min(1.3, 1.2) + min(0.5, 0.8) + min(-0.5, -0.8) + min(-1.3, -1.2) = -0.4; / 4 and negated.
    assert loss.item() == pytest.approx(0.1)
    # What has moved far enough in its own direction pushes no more.
    assert ratios.grad.tolist() == pytest.approx([0.0, -0.25, 0.0, 0.25])


def test_group_advantages_by_hand():
    advantages = group_advantages(torch.tensor([1.0, 3.0, 2.0, 2.0, 0.0, 4.0]), 2)
    assert advantages.tolist() == pytest.approx([-1.0, 1.0, 0.0, 0.0, -1.0, 1.0], abs=1e-5)


def test_tracked_advantages_by_hand():
    unknown = math.nan
    recent = torch.tensor([[1.0, 3.0, 5.0], [unknown, unknown, 7.0], [unknown] * 3])
    advantages = tracked_advantages(recent, [0, 1], torch.tensor([5.0, 7.0]), 2, 10.0)
    # Own: mean 3, sd sqrt(8 / 3). All four rewards for the second: mean 4, sd sqrt(5).
    assert advantages.tolist() == pytest.approx([2 / math.sqrt(8 / 3), 3 / math.sqrt(5)])
    bounded = tracked_advantages(recent, [0, 1], torch.tensor([5.0, 7.0]), 2, 1.0)
    assert bounded.tolist() == [1.0, 1.0]


def test_rewards_are_remembered_by_prompt_newest_last(workshop):
    objective = workshop("ddpo", advantage_buffer=2, advantage_minimum=1).objective
    objective.advantages([0, 1, 0, 0], torch.tensor([1.0, 2.0, 3.0, 4.0]))
    recent = objective.memory()["recent_rewards"]
    assert recent[0].tolist() == [3.0, 4.0]
    assert recent[1].tolist() == [pytest.approx(math.nan, nan_ok=True), 2.0]
    assert recent[2:].isnan().all()


def test_groups_share_their_prompt(workshop):
    objective = workshop("grpo", batch_size=6, group_size=3, mirrored=False).objective
    rows = objective.batch_rows(objective.generator(0))
    assert rows[:3] == rows[:1] * 3
    assert rows[3:] == rows[3:4] * 3


def test_twins_share_their_start_and_decide_the_opposite():
    noise = torch.arange(1.0, 7.0).reshape(2, 3)
    expected = [[1, 2, 3], [1, -2, -3], [4, 5, 6], [4, -5, -6]]
    assert mirrored(noise).tolist() == expected


@both
@pytest.mark.parametrize("is_mirrored", [True, False])
def test_pictures_of_a_batch_are_twins_unless_switched_off(workshop, name, is_mirrored):
    shop = workshop(name, mirrored=is_mirrored)
    generator = shop.objective.generator(0)
    rows = shop.objective.batch_rows(generator)
    assert not is_mirrored or rows[::2] == rows[1::2]
    (part,) = shop.objective.lesson(shop.objective.generator(0))[:1]
    start = part.measure.args[0].before
    assert torch.equal(start[0], start[1]) == is_mirrored


@both
@pytest.mark.parametrize("changes", [{}, {"micro_batch": 3}, {"painting_guidance": 2.0}])
def test_first_update_is_on_policy_exactly(workshop, name, changes):
    shop = workshop(name, **changes)
    optimizer = torch.optim.AdamW(shop.parameters, lr=1e-2)
    for number in range(2):
        lesson = shop.objective.lesson(shop.objective.generator(number))
        for part in lesson:
            assert part.measure().facts["ratio"] == 1.0
        shop.objective.step(number, 1.0, shop.parameters, optimizer)
    assert accumulate(lesson, 0.0)["ratio"] != 1.0  # The painter has moved on meanwhile.


def test_pictures_above_the_margin_are_equally_good(workshop):
    shop = workshop("grpo", margin_sd=-100.0)
    assert all(part.measure().loss == 0 for part in shop.objective.lesson(torch.Generator()))


@pytest.mark.timeout(900)  # Seconds on a free machine, minutes on a busy one.
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_policy_gradient_raises_a_plain_reward(workshop, seed):
    # A single decision, so that its gradient is not drowned by the noise of others.
    changes = {"batch_size": 64, "group_size": 64, "painting_steps": 2, "seed": seed}
    free = {"pretraining_weight": 0.0, "margin_sd": 100.0}
    shop = workshop("grpo", reward=Warmth(), inner_updates=1, **changes, **free)

    def reward():  # Of the same prompts from the same noise, before and after: of two groups.
        lessons = [shop.objective.lesson(shop.objective.generator(n)) for n in (98, 99)]
        return sum(accumulate(lesson, 0.0)["reward"] for lesson in lessons) / 2

    before = reward()
    # The usual second moment, of a thousand steps, would let the first one decide the sizes of all.
    optimizer = torch.optim.AdamW(shop.parameters, lr=2e-2, betas=(0.9, 0.9), weight_decay=0)
    for number in range(16):
        shop.objective.step(number, 1.0, shop.parameters, optimizer)
    assert reward() > before + 0.05  # Measured: 0.12, 0.21 and 0.28.


def test_ddpo_refuses_a_single_picture(preferences):
    with pytest.raises(BadInput, match=r"batch_size is 1, but ddpo compares .* at least 2; raise"):
        DdpoObjective.check(small_settings("ddpo", batch_size=1), preferences)


def test_ddpo_refuses_a_minimum_beyond_its_memory(preferences):
    settings = small_settings("ddpo", advantage_minimum=9, advantage_buffer=8)
    with pytest.raises(BadInput, match="advantage_minimum is 9, but only the last 8 rewards"):
        DdpoObjective.check(settings, preferences)


def test_twins_refuse_an_odd_number(preferences):
    with pytest.raises(BadInput, match="batch_size is 3, but pictures are painted in twins; make"):
        DdpoObjective.check(small_settings("ddpo", batch_size=3), preferences)
    with pytest.raises(BadInput, match="group_size is 3, but pictures are painted in twins; make"):
        settings = small_settings("grpo", batch_size=6, group_size=3)
        GrpoObjective.check(settings, preferences)


@pytest.mark.parametrize(
    ("batch_size", "group_size", "reason"),
    [
        (4, 1, "group_size is 1, but a picture of a group of 1 has no other .* at least 2"),
        (4, 3, "batch_size is 4, which is not a whole number of groups of 3 pictures; make it"),
    ],
)
def test_grpo_refuses_groups_that_do_not_work(preferences, batch_size, group_size, reason):
    settings = small_settings("grpo", batch_size=batch_size, group_size=group_size, mirrored=False)
    with pytest.raises(BadInput, match=reason):
        GrpoObjective.check(settings, preferences)
