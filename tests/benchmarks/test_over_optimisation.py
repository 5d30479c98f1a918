from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.over_optimisation import over_optimise, table_of, write_results
from rlhf.refine_settings import RefineSettings
from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import train_reward
from tests.factories.profiles import tiny_profile
from tests.factories.snapshots import tiny_snapshot
from workbench.errors import BadInput
from workbench.files import read_json, write_json
from workbench.profiles import Profile


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return tiny_profile(tmp_path_factory.mktemp("models"), steps=2)


@pytest.fixture(scope="module")
def round_folder(tmp_path_factory: pytest.TempPathFactory, profile: Profile) -> Path:
    """As a testbed run leaves it, as far as it is read."""
    bed = tmp_path_factory.mktemp("bed")
    write_json(bed / "run.json", {"settings": {"seed": 3}})
    folder = bed / "round-1"
    snapshot = tiny_snapshot(folder / "snapshot")
    settings = RewardSettings(
        axis="emo", epochs=2, hidden=8, resamples=10, evaluations=1, device="cpu"
    )
    train_reward(snapshot, folder / "reward" / "emo", settings, profile, show_progress=False)
    return folder


@pytest.mark.timeout(600)
def test_wild_run_is_stopped_and_laid_beside_base_and_last_step(round_folder, profile, tmp_path):
    settings = RefineSettings(
        axis="emo",
        steps=12,
        batch_size=1,
        pretrain_batch_size=1,
        pretraining_pictures=1,
        painting_steps=2,
        evaluation_pictures=1,
        watch_every=1,
        watch_pictures=2,
        adapter_every=1,
        reward_weight=1.0,
        rank=16,
        learning_rate=1.0,
        device="cpu",
    )
    result = over_optimise(round_folder, tmp_path, settings, profile, clips=2, show_progress=False)
    assert result["saved step"] < result["steps taken"] < result["steps asked"] == 12
    assert "the bound is" in result["stopped"]
    painters = result["painters"]
    assert list(painters) == ["base", "saved", "last"]
    assert painters["base"]["gold"].win_rate.value == 0.5
    assert painters["last"]["gold"].gain.value != 0
    assert "the bound is" in table_of(result).note
    stored = read_json(write_results(tmp_path, result))
    assert (
        stored["painters"]["last"]["gold"]["gain"]["value"] == painters["last"]["gold"].gain.value
    )


def test_folder_that_is_no_round_is_refused(round_folder, profile, tmp_path):
    alone = Path(shutil.copytree(round_folder, tmp_path / "alone"))
    settings = RefineSettings(axis="emo", adapter_every=20)
    with pytest.raises(BadInput, match=r"alone is no round of a testbed run; give TESTBED/round-1"):
        over_optimise(alone, tmp_path / "out", settings, profile)
    assert not (tmp_path / "out").exists()
