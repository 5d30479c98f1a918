from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rlhf.preferences import Preferences, read_preferences
from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import train_reward
from tests.factories.profiles import tiny_profile
from tests.factories.snapshots import tiny_snapshot
from workbench.files import read_json, write_json
from workbench.profiles import Profile
from workbench.snapshots import open_snapshot


@pytest.fixture(scope="session")
def snapshot_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_snapshot(tmp_path_factory.mktemp("snapshots") / "tiny")


@pytest.fixture
def copied_snapshot(snapshot_folder: Path, tmp_path: Path) -> Path:
    """A snapshot that a test may spoil."""
    return Path(shutil.copytree(snapshot_folder, tmp_path / "spoilt"))


@pytest.fixture(scope="session")
def preferences(snapshot_folder: Path) -> Preferences:
    return read_preferences(open_snapshot(snapshot_folder), "emo")


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return tiny_profile(tmp_path_factory.mktemp("models"), steps=3)


@pytest.fixture(scope="session")
def reward_settings() -> RewardSettings:
    return RewardSettings(axis="emo", epochs=6, hidden=8, resamples=50, evaluations=3, device="cpu")


@pytest.fixture(scope="session")
def reward_run(
    tmp_path_factory: pytest.TempPathFactory,
    snapshot_folder: Path,
    profile: Profile,
    reward_settings: RewardSettings,
) -> Path:
    """A finished reward run that refinement accepts: its verdict is not left to a few pairs."""
    folder = tmp_path_factory.mktemp("rewards") / "emo"
    train_reward(snapshot_folder, folder, reward_settings, profile, show_progress=False)
    metrics = read_json(folder / "metrics.json")
    write_json(folder / "metrics.json", metrics | {"fitness": {"verdict": "fit", "reasons": []}})
    return folder


@pytest.fixture(scope="session")
def folder_bytes() -> Callable[[Path], dict[str, bytes]]:
    def read(folder: Path) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    return read
