from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rlhf._backbone import open_backbone
from rlhf._siblings import open_siblings
from rlhf.reward_settings import RewardSettings
from workbench.errors import BadInput
from workbench.files import read_json, write_json


@pytest.fixture
def run_of_con(reward_run, tmp_path) -> Path:
    run = Path(shutil.copytree(reward_run, tmp_path / "con"))
    config = read_json(run / "model/config.json")
    write_json(run / "model/config.json", config | {"axis": "con"})
    return run


def test_siblings_share_the_embedder_of_the_training(reward_run, run_of_con, profile):
    embedder = open_backbone(RewardSettings(axis="cre"), profile.embedder, "cpu")
    found = open_siblings([reward_run, run_of_con], "cre", profile.embedder, embedder=embedder)
    assert list(found) == ["emo", "con"]
    assert all(model.embedder is embedder for model in found.values())


def test_siblings_share_one_embedder_when_none_is_open(reward_run, run_of_con, profile):
    first, second = open_siblings([reward_run, run_of_con], "cre", profile.embedder).values()
    assert first.embedder is second.embedder


def test_siblings_keep_away_from_towers_that_are_not_theirs(reward_run, profile):
    settings = RewardSettings(axis="cre", precision="bf16")
    other = open_backbone(settings, profile.embedder, "cpu")
    (sibling,) = open_siblings([reward_run], "cre", profile.embedder, embedder=other).values()
    assert sibling.embedder is not other
    assert sibling.embedder.precision == "fp32"


def test_siblings_are_of_other_axes(reward_run, profile):
    with pytest.raises(BadInput, match="of the axis emo, as is the one to be trained"):
        open_siblings([reward_run], "emo", profile.embedder)
