from __future__ import annotations

from dataclasses import replace

import torch

from rlhf.objectives._commission import PaintingObjective
from rlhf.reward_model import Others
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
    viewed = [_rewards(workshop("refl", caution=c, reward_views=2), images) for c in (0.0, 1.5)]
    assert (viewed[0] - viewed[1]).min() > 1e-4


def test_pictures_are_rewarded_for_their_targets(workshop, reward_model, data):
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    shop, last = workshop("refl"), data.briefs.train[-1]
    moved = {brief.clip_id: last.clip_id for brief in data.briefs.train[:2]}
    shop.objective.data = replace(data, targets=moved)
    with torch.no_grad():
        expected = reward_model.score(images, data.clips_of([last, last]))
        own = reward_model.score(images, data.clips_of(data.briefs.train[:2]))
    found = _rewards(shop, images)
    torch.testing.assert_close(found, expected)
    assert not torch.equal(found, own)


def test_specific_rewards_leave_out_what_all_clips_like(workshop, reward_model, data):
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    everybody = data.clips_of(data.briefs.train)
    own = data.clips_of(data.briefs.train[:2])
    with torch.no_grad():
        typical = Others(reward_model.typical_of(everybody), 1.0)
        expected = reward_model.score(images, own, others=typical)
        plain = reward_model.score(images, own)
    found = _rewards(workshop("refl", specificity=1.0), images)
    torch.testing.assert_close(found, expected)
    assert not torch.allclose(found, plain)
