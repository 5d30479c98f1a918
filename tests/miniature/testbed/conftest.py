from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from miniature.testbed.settings import LoopSettings
from tests.factories.profiles import tiny_profile
from workbench.profiles import Profile


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return tiny_profile(tmp_path_factory.mktemp("models"), steps=2)


def tiny_settings(**changes: Any) -> LoopSettings:
    """A loop of seconds."""
    small = {
        "rounds": 1,
        "clips": 8,
        "candidates_per_clip": 2,
        "comparisons": 30,
        "annotators": 6,
        "adversaries": 0,
        "clusters": 2,
        "reward_hidden": 8,
        "reward_epochs": 3,
        "refine_steps": 2,
        "refine_batch": 2,
        "draft_steps": 1,
        "pretrain_batch": 2,
        "pretraining_pictures": 2,
        "refine_rank": 2,
        "watch_every": 0,
        "evaluation_clips": 4,
        "evaluation_pictures": 2,
        "curve_every": 1,
        "curve_clips": 3,
        "resamples": 50,
        "threads": 1,
        "lanes": 1,
    }
    return LoopSettings(**(small | changes))


@pytest.fixture(scope="session")
def loop_run(tmp_path_factory: pytest.TempPathFactory, profile: Profile) -> Path:
    """The results folder of a whole tiny run of one round."""
    from miniature.testbed.testbed import run_testbed  # noqa: PLC0415  models load only if needed

    folder = tmp_path_factory.mktemp("testbed") / "run"
    run_testbed(tiny_settings(), folder, profile, show_progress=False)
    return folder
