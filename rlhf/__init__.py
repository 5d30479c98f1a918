"""Learning from judgements: reward models and adapters, one per axis (section 3.4 of the paper).

The public names load their libraries on first use, so that the door and the site stay light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PLACES = {
    "RefineSettings": "rlhf.settings",
    "RewardModel": "rlhf.reward_model",
    "RewardModelConfig": "rlhf.reward_model",
    "RewardSettings": "rlhf.settings",
    "load_reward_model": "rlhf.reward_model",
    "pull_snapshot": "rlhf.pull",
    "read_preferences": "rlhf.preferences",
    "refine": "rlhf.refinement",
    "train_reward": "rlhf.reward_training",
}

__all__ = [
    "RefineSettings",
    "RewardModel",
    "RewardModelConfig",
    "RewardSettings",
    "load_reward_model",
    "pull_snapshot",
    "read_preferences",
    "refine",
    "train_reward",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'rlhf' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
