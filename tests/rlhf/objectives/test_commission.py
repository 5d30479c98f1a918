from __future__ import annotations

import torch

from rlhf.objectives._commission import PaintingObjective
from tests.rlhf.objectives.conftest import Workshop


def _rewards(shop: Workshop, images: torch.Tensor) -> torch.Tensor:
    objective = shop.objective
    assert isinstance(objective, PaintingObjective)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        return objective.rewards(images, objective.commission([0, 1], images, generator))


def test_settings_decide_how_cautious_the_rewards_are(workshop, reward_model, data):
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    clips = data.clips_of(data.briefs.train[:2])
    with torch.no_grad():
        wary = reward_model.score(images, clips, caution=1.5)
        least = reward_model.least_score(images, clips)
        bold = reward_model.score(images, clips)
    torch.testing.assert_close(_rewards(workshop("refl"), images), bold)
    torch.testing.assert_close(_rewards(workshop("refl", caution=1.5), images), wary)
    shop = workshop("refl", pessimism="minimum", caution=1.5)
    torch.testing.assert_close(_rewards(shop, images), least)
    assert (bold - wary).min() > 1e-4
    # The same head of all for each view: nothing else is asked.
    viewed = workshop("refl", caution=1.5, reward_views=2)
    assert not torch.equal(_rewards(viewed, images), wary)


def test_pictures_are_rewarded_for_their_targets(workshop, reward_model, data):
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    shop = workshop("refl")
    own, other = data.briefs.train[0].clip_id, data.briefs.train[-1].clip_id
    shop.objective.data = type(data)(**vars(data) | {"targets": {own: other}})
    clips = data.clips_of([data.briefs.train[-1]] * 2)
    assert [brief.clip_id for brief in data.briefs.train[:2]] == [own, own]
    with torch.no_grad():
        expected = reward_model.score(images, clips)
    torch.testing.assert_close(_rewards(shop, images), expected)
