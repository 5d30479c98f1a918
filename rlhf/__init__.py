"""Learning from judgements: reward models and adapters, one per axis (section 3.4 of the paper).

The public names load their libraries on first use, so that the door and the site stay light.
"""

from __future__ import annotations

from workbench.lazy_names import lazy_names

_HOMES = {
    "EffectsSettings": "effects.settings",
    "RefineSettings": "refine_settings",
    "RewardModel": "reward_model",
    "RewardModelConfig": "_reward_config",
    "RewardSettings": "reward_settings",
    "evaluate_rewards": "reward_evaluation",
    "load_reward_model": "reward_model",
    "measure_effects": "effects.evaluation",
    "pull_snapshot": "pull",
    "read_preferences": "preferences",
    "refine": "refinement",
    "train_reward": "reward_training",
}

__all__ = [
    "EffectsSettings",
    "RefineSettings",
    "RewardModel",
    "RewardModelConfig",
    "RewardSettings",
    "evaluate_rewards",
    "load_reward_model",
    "measure_effects",
    "pull_snapshot",
    "read_preferences",
    "refine",
    "train_reward",
]

__getattr__ = lazy_names(__name__, _HOMES)
