from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from rlhf._preference_loss import bradley_terry_loss
from rlhf.objectives import DpoObjective
from rlhf.objectives._accumulation import accumulate
from rlhf.objectives.dpo import implicit_rewards, lessons_of
from rlhf.refinement import refine
from tests.rlhf.objectives.conftest import small_settings
from workbench.errors import BadInput


@pytest.mark.parametrize(("label", "expected"), [(1.0, 0.313262), (0.75, 0.563262)])
def test_dpo_loss_by_hand(label, expected):
    errors = torch.tensor([0.2, 0.4])
    chosen, rejected = implicit_rewards(errors, torch.tensor([0.3, 0.3]), beta=10.0)
    # 10 / 2 x 0.1 better and 0.1 worse than the base: a margin of 1, and -log sigma(1) = 0.313262;
    # a quarter of the votes against it costs 1.313262.
    assert (chosen.item(), rejected.item()) == pytest.approx((0.5, -0.5))
    pair = (chosen[None], rejected[None], torch.tensor([label]), torch.tensor([1.0]))
    assert bradley_terry_loss(*pair).item() == pytest.approx(expected, abs=1e-5)


def test_fresh_adapter_has_no_opinion(workshop):
    shop = workshop("dpo")
    facts = accumulate(shop.objective.lesson(shop.objective.generator(0)), 1.0)
    assert facts["implicit_margin"] == 0.0
    weights = sum(lesson.pair.weight for lesson in shop.objective._lessons)
    assert weights / len(shop.objective._lessons) == pytest.approx(1.0)
    assert shop.parameters[1].grad.abs().sum() > 0


def test_dpo_learns_the_judgements(workshop):
    shop = workshop("dpo", batch_size=16, pretraining_weight=0.0)
    optimizer = torch.optim.AdamW(shop.parameters, lr=1e-3)
    logged = [shop.objective.step(0, 1.0, shop.parameters, optimizer) for _ in range(6)]
    # No opinion, as at first, costs log 2 x the pairs' weight.
    assert logged[-1]["loss_rlhf"] < 0.7 * logged[0]["loss_rlhf"]
    assert logged[-1]["implicit_accuracy"] > 0.8


def test_ties_are_lessons_too(preferences):
    tied = replace(
        preferences,
        pairs={
            **preferences.pairs,
            "train": [p._replace(label=0.5) for p in preferences.pairs["train"][:2]]
            + preferences.pairs["train"][2:],
        },
    )
    assert len(lessons_of(tied)) == len(preferences.pairs["train"])


def test_painter_is_told_what_belongs_to_the_judged_clip(preferences):
    pair = preferences.pairs["train"][0]
    clip = preferences.clips[pair.clip_id]._replace(visual_prompt="calm sea", text="a tone")
    chosen, rejected = (preferences.pictures[name] for name in (pair.chosen, pair.rejected))

    def prompt(first, second, clip=clip):
        changed = replace(
            preferences,
            pairs={**preferences.pairs, "train": [pair]},
            pictures=preferences.pictures | {pair.chosen: first, pair.rejected: second},
            clips=preferences.clips | {pair.clip_id: clip},
        )
        return [lesson.prompt for lesson in lessons_of(changed)]

    foreign = chosen._replace(clip_id="another", prompt="dark city")
    own = rejected._replace(prompt="blue ocean")
    assert prompt(foreign, own) == ["blue ocean"]
    assert prompt(foreign, own._replace(prompt="")) == ["calm sea"]
    assert prompt(foreign, foreign, clip._replace(visual_prompt="")) == ["a tone"]
    assert prompt(foreign, foreign, clip._replace(visual_prompt="", text="")) == []


def test_dpo_refuses_pairs_without_any_prompt(preferences):
    mute = replace(
        preferences,
        pictures={n: p._replace(prompt="") for n, p in preferences.pictures.items()},
        clips={n: c._replace(visual_prompt="", text="") for n, c in preferences.clips.items()},
    )
    with pytest.raises(BadInput, match=r"none of the \d+ emo pairs .* has a prompt; dpo needs"):
        DpoObjective.check(small_settings("dpo"), mute)


def test_dpo_refuses_nothing_but_ties(preferences):
    pairs = [pair._replace(label=0.5) for pair in preferences.pairs["train"]]
    tied = replace(preferences, pairs={**preferences.pairs, "train": pairs})
    with pytest.raises(BadInput, match=r"all \d+ emo pairs .* are ties, so dpo has nothing"):
        DpoObjective.check(small_settings("dpo"), tied)


def test_refinement_refuses_before_it_paints(tmp_path, snapshot_folder, reward_run, profile):
    settings = small_settings("grpo", group_size=1)
    with pytest.raises(BadInput, match="group_size is 1"):
        refine(snapshot_folder, reward_run, tmp_path / "r", settings, profile)
    assert not (tmp_path / "r").exists()
