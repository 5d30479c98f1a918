from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from generation.painter import painter_hash
from rlhf.effects.evaluation import measure_effects
from rlhf.effects.results import Results
from rlhf.effects.settings import EffectsSettings
from rlhf.reward_training import reward_model_hash, train_reward
from tests.generation.adapters import tiny_adapter
from workbench.profiles import Profile
from workbench.snapshots import open_snapshot


class Inputs(NamedTuple):
    """What fits together: adapters for emo and con, reward models for emo and con."""

    adapters: dict[str, Path]
    control: Path
    """Of emo, as a refinement towards shuffled targets leaves it."""
    rewards: dict[str, Path]
    snapshot: Path
    profile: Profile


class Measured(NamedTuple):
    folder: Path
    results: Results


def small_settings(**changes: Any) -> EffectsSettings:
    small = {
        "pictures": 4,
        "best_of": 3,
        "weights": "0.5,1",
        "curve_pictures": 2,
        "resamples": 50,
        "shown": 2,
        "steps_shown": 2,
        "batch": 4,
        "device": "cpu",
    }
    return EffectsSettings(**(small | changes))


@pytest.fixture(scope="package")
def inputs(
    tmp_path_factory: pytest.TempPathFactory, snapshot_folder, reward_run, reward_settings, profile
) -> Inputs:
    folder = tmp_path_factory.mktemp("effects-inputs")
    other = folder / "reward-con"
    settings = reward_settings.model_copy(update={"axis": "con", "epochs": 1, "evaluations": 1})
    train_reward(snapshot_folder, other, settings, profile, show_progress=False)
    origin = {
        "base_painter": painter_hash(Path(profile.painter)),
        "snapshot": open_snapshot(snapshot_folder).sha256,
    }
    painter = Path(profile.painter)
    emo, con = folder / "refined-emo", folder / "con"
    teacher = reward_model_hash(reward_run)
    tiny_adapter(emo / "adapter", painter, axis="emo", reward_model=teacher, **origin)
    for number in (10, 20, 30):
        step = emo / f"adapters/step-{number:05d}"
        tiny_adapter(step, painter, seed=number, axis="emo", reward_model=teacher, **origin)
    control = folder / "control"
    astray = {"axis": "emo", "reward_model": teacher, "targets": "shuffled"}
    tiny_adapter(control, painter, seed=2, **astray, **origin)
    tiny_adapter(con, painter, seed=1, axis="con", reward_model="another", **origin)
    return Inputs(
        {"emo": emo, "con": con},
        control,
        {"emo": reward_run, "con": other},
        snapshot_folder,
        profile,
    )


@pytest.fixture(scope="package")
def measured(tmp_path_factory: pytest.TempPathFactory, inputs: Inputs) -> Measured:
    """A finished run of two adapters, a control and a mixture on two clips."""
    folder = tmp_path_factory.mktemp("effects") / "run"
    settings = small_settings(emo=0.7, con=0.2)
    return Measured(folder, measure(inputs, folder, settings))


def measure(inputs: Inputs, folder: Path, settings: EffectsSettings, **options: Any) -> Results:
    return measure_effects(
        list(inputs.adapters.values()),
        list(inputs.rewards.values()),
        inputs.snapshot,
        folder,
        settings,
        inputs.profile,
        controls=[inputs.control],
        show_progress=False,
        **options,
    )


@pytest.fixture
def copied_run(measured: Measured, tmp_path: Path) -> Path:
    """A finished run that a test may spoil."""
    return Path(shutil.copytree(measured.folder, tmp_path / "run"))
