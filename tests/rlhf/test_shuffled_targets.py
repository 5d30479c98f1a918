from __future__ import annotations

import numpy as np
import pytest

from rlhf._pretraining_set import Brief
from rlhf._refinement_data import Briefs
from rlhf._shuffled_targets import cyclic_shuffle, rewarded_clips
from rlhf.objectives import DpoObjective
from rlhf.refine_settings import RefineSettings
from workbench.errors import BadInput

SHUFFLED = RefineSettings(axis="emo", targets="shuffled")


def _briefs(train: str, watched: str) -> Briefs:
    """A brief for each letter, and a second one for each."""
    return Briefs(
        train=[Brief(name, f"{name}{turn}") for name in train for turn in range(2)],
        held_out=[Brief("z", "z")],
        watched=[Brief(name, name) for name in watched],
    )


@pytest.mark.parametrize("count", [2, 3, 10])
def test_shuffle_moves_everything(count):
    for seed in range(20):
        order = cyclic_shuffle(count, np.random.default_rng(seed))
        assert sorted(order) == list(range(count))
        assert not (order == np.arange(count)).any()


def test_shuffled_targets_never_give_a_clip_its_own():
    targets = rewarded_clips(_briefs("abcde", "vw"), SHUFFLED)
    assert [name for name, other in targets.items() if name == other] == []
    # Neither learns of the others' clips, and the evaluation stays as it is.
    assert {targets[name] for name in "abcde"} == set("abcde")
    assert (targets["v"], targets["w"]) == ("w", "v")
    assert "z" not in targets


def test_shuffled_targets_follow_the_seed():
    briefs = _briefs("abcdefgh", "vw")
    other = SHUFFLED.model_copy(update={"seed": 1})
    assert rewarded_clips(briefs, SHUFFLED) == rewarded_clips(briefs, SHUFFLED)
    assert rewarded_clips(briefs, SHUFFLED) != rewarded_clips(briefs, other)


def test_own_targets_are_no_others():
    assert rewarded_clips(_briefs("ab", "vw"), RefineSettings(axis="emo")) == {}


def test_single_clip_cannot_be_shuffled():
    with pytest.raises(BadInput, match="there is only the clip 'a' to train on; judge more clips"):
        rewarded_clips(_briefs("a", "vw"), SHUFFLED)
    with pytest.raises(BadInput, match="there is only the clip 'v' to watch"):
        rewarded_clips(_briefs("ab", "v"), SHUFFLED)
    unwatched = SHUFFLED.model_copy(update={"watch_every": 0})
    assert rewarded_clips(_briefs("ab", "v"), unwatched) == {"a": "b", "b": "a"}


def test_dpo_has_no_targets_to_shuffle(preferences):
    with pytest.raises(BadInput, match="dpo learns from judgements as they were given"):
        DpoObjective.check(SHUFFLED.model_copy(update={"objective": "dpo"}), preferences)
