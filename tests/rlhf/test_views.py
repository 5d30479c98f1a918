from __future__ import annotations

import pytest
import torch
from torch import Tensor

from cluster_sampling.embedder import load_embedder
from rlhf._features import encode_preferences
from rlhf._views import random_views


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pictures() -> Tensor:
    """Two smooth pictures of different colours."""
    ramp = torch.linspace(0.2, 0.8, 32)
    across = ramp.expand(3, 32, 32)
    return torch.stack([across, 1 - across.transpose(1, 2) * 0.5])


def test_views_come_picture_by_picture_and_differ(pictures):
    views = random_views(pictures, 3, seeded())

    assert views.shape == (6, 3, 32, 32)
    for view in range(3):
        assert (views[2 * view] - pictures[0]).abs().mean() < 0.1
        assert (views[2 * view + 1] - pictures[1]).abs().mean() < 0.1
    assert not torch.allclose(views[0], views[2])


def test_equal_generators_give_equal_views(pictures):
    assert torch.equal(random_views(pictures, 2, seeded(5)), random_views(pictures, 2, seeded(5)))
    assert not torch.equal(
        random_views(pictures, 2, seeded(5)), random_views(pictures, 2, seeded(6))
    )


def test_colours_stay(pictures):
    views = random_views(pictures, 16, seeded()).reshape(16, 2, 3, -1)

    means = views.mean(dim=(0, 3))
    assert torch.allclose(means, pictures.flatten(2).mean(dim=2), atol=0.03)


def test_gradients_reach_the_pictures(pictures):
    pictures.requires_grad_()

    random_views(pictures, 4, seeded()).square().sum().backward()

    assert pictures.grad is not None
    assert bool((pictures.grad != 0).any(dim=1).float().mean() > 0.9)


def test_pattern_of_single_pixels_counts_less_in_views_than_alone():
    """What the views are for: a direction that sits on exact pixels is mostly averaged away."""
    pattern = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(16, 16).expand(1, 3, 32, 32)
    pictures = 0.5 + 0.1 * pattern

    alone = ((pictures - 0.5) * pattern).mean()
    seen = ((random_views(pictures, 16, seeded()) - 0.5) * pattern).mean()

    assert seen.abs() < 0.5 * alone


def test_features_hold_views_near_their_picture(preferences, profile):
    features = encode_preferences(load_embedder(profile.embedder), preferences, views=2, seed=1)

    assert features.views.shape == (len(features.images), 2, features.images.shape[1])
    embedding = features.views[..., -features.image_blocks[-1] :]
    assert torch.allclose(embedding.norm(dim=-1), torch.ones(1), atol=1e-5)
    own = (features.views * features.images[:, None]).sum(-1)
    others = features.views[:, 0] @ features.images.T
    assert own.mean() > others.mean()


def test_features_without_views_hold_none(preferences, profile):
    features = encode_preferences(load_embedder(profile.embedder), preferences)

    assert features.views.shape[1] == 0
