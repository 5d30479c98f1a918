"""One `refl` run of 200 steps on the miniature painter, from folders to a finished adapter.

    python -m benchmarks refine_miniature

The settings are the defaults, the watch included, but for its bounds, which are wide, and a rate so
small that nothing breaks them: what the votes of this snapshot teach does not matter here. Beside
it, in turn, a step as a whole batch and the same step picture by picture.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks.measuring import medians_s
from benchmarks.rewards import threads
from rlhf._adapter import add_adapter
from rlhf._painter import load_base_painter
from rlhf._pretraining_set import snapshot_pictures
from rlhf._refinement_data import briefs_of, refinement_data
from rlhf.objectives import ReflObjective
from rlhf.preferences import read_preferences
from rlhf.quietness import only_our_bars
from rlhf.refine_settings import RefineSettings
from rlhf.refinement import refine
from rlhf.reward_model import load_reward_model
from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import train_reward
from tests.factories.snapshots import tiny_snapshot
from workbench.files import read_json
from workbench.profiles import Profile, chosen_profile
from workbench.snapshots import open_snapshot

STEPS = 200
THREADS = 2
_CLIPS, _REPEATS = 30, 3
_UNBOUND = {"diversity_bound": 1.0, "adherence_bound": 1.0, "loss_pre_bound": 100.0,
            "judge_bound": 1000.0, "keep": "last", "learning_rate": 1e-6}  # fmt: skip


def measure(seed: int = 0, steps: int = STEPS, profile: Profile | None = None) -> dict[str, Any]:
    """Seconds of the run on the wall and of its processor time, and per step."""
    only_our_bars()
    chosen = profile or chosen_profile("mini")
    settings = RefineSettings(axis="emo", seed=seed, steps=steps, device="cpu")
    settings = settings.model_copy(update=_UNBOUND)
    with threads(THREADS), tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        snapshot = tiny_snapshot(folder / "snapshot", n_clips=_CLIPS, seed=seed, axes=("emo",))
        reward = folder / "reward"
        teaching = RewardSettings(axis="emo", device="cpu")
        train_reward(snapshot, reward, teaching, chosen, show_progress=False)
        begun, used = time.perf_counter(), time.process_time()
        refine(snapshot, reward, folder / "run", settings, chosen, force=True, show_progress=False)
        run_s, processor_s = time.perf_counter() - begun, time.process_time() - used
        facts = read_json(folder / "run" / "run.json")
        seconds = medians_s(
            {
                "batch": _step(snapshot, reward, settings, chosen),
                "picture by picture": _step(
                    snapshot, reward, settings.model_copy(update={"micro_batch": 1}), chosen
                ),
            },
            repeats=_REPEATS,
        )
    return {
        "steps": facts["steps_taken"],
        "threads": THREADS,
        "batch": settings.batch_size,
        "run_s": run_s,
        "processor_s": processor_s,
        "step_s": seconds["batch"],
        "times faster than picture by picture": seconds["picture by picture"] / seconds["batch"],
    }


def _step(
    snapshot: Path, reward: Path, settings: RefineSettings, profile: Profile
) -> Callable[[], object]:
    """Another optimizer step with each call, always the next one of the run."""
    pipeline = load_base_painter(profile, settings, "cpu").pipeline
    preferences = read_preferences(open_snapshot(snapshot), settings.axis)
    model = load_reward_model(reward / "model", profile.embedder)
    pictures = snapshot_pictures(preferences, pipeline.vae, profile.size_px)
    data = refinement_data(preferences, model.embedder, briefs_of(preferences), pictures)
    parameters = add_adapter(pipeline, settings)
    objective = ReflObjective(pipeline, model, data, settings, profile.size_px)
    optimizer = torch.optim.AdamW(parameters, lr=settings.learning_rate)
    numbers = iter(range(settings.steps))
    return lambda: objective.step(next(numbers), 1.0, parameters, optimizer)
