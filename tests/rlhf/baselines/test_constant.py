from __future__ import annotations

from rlhf.baselines.constant import Constant
from rlhf.baselines.gallery import Gallery


def test_constant_likes_every_picture_alike(preferences, profile):
    gallery = Gallery(preferences, profile.embedder, "cpu")
    rewards = Constant().score(gallery)
    assert set(rewards.values()) == {0.0}
    assert sorted(rewards) == gallery.showings
    assert len(rewards) == 9 * 4
