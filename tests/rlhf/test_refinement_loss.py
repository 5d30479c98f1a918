from __future__ import annotations

import pytest
import torch

from rlhf._refinement_loss import min_snr_weights, reward_loss


def test_reward_loss_is_hinged_at_the_margin():
    rewards = torch.tensor([-1.0, 1.0, 2.0, 5.0], requires_grad=True)
    loss = reward_loss(rewards, 2.0)
    loss.backward()
    # (3 + 1 + 0 + 0) / 4; pictures at or above the margin push no more.
    assert loss.item() == pytest.approx(1.0)
    assert rewards.grad.tolist() == [-0.25, -0.25, 0.0, 0.0]


def test_min_snr_weights_for_epsilon():
    weights = min_snr_weights(torch.tensor([0.0, 1.0, 5.0, 20.0]), 5.0, "epsilon")
    # The lesser of snr and 5, over snr.
    assert weights.tolist() == pytest.approx([1.0, 1.0, 1.0, 0.25])


def test_min_snr_weights_for_v_prediction():
    weights = min_snr_weights(torch.tensor([0.0, 1.0, 4.0, 19.0]), 5.0, "v_prediction")
    # The lesser of snr and 5, over snr + 1.
    assert weights.tolist() == pytest.approx([0.0, 0.5, 0.8, 0.25])
