from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

from rlhf._adapter import WEIGHTS_NAME, read_lineage
from rlhf._pretraining_set import Brief
from rlhf._refinement_data import Briefs
from rlhf._watch import adherence_of, check_watchable, diversity_of, well_spread
from rlhf.refine_settings import RefineSettings
from rlhf.refinement import refine
from workbench.errors import BadInput, RunInterrupted
from workbench.files import read_json, write_json

LOOSE = {"diversity_bound": 1.0, "adherence_bound": 1.0, "loss_pre_bound": 100.0}


def _settings(**changes: Any) -> RefineSettings:
    small = {
        "axis": "emo",
        "steps": 4,
        "batch_size": 1,
        "pretrain_batch_size": 1,
        "pretraining_pictures": 2,
        "rank": 2,
        "painting_steps": 2,
        "evaluation_pictures": 1,
        "reward_weight": 1.0,
        "watch_every": 2,
        "watch_pictures": 2,
        "device": "cpu",
    }
    return RefineSettings(**(small | changes))


def _lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def _kept(folder: Path) -> list[torch.Tensor]:
    """What the checkpoint would roll back to, in the order of the weights."""
    with safe_open(folder / "checkpoint.safetensors", framework="pt") as file:
        names = [name for name in file.keys() if name.startswith("kept.")]  # noqa: SIM118 no mapping
        return [file.get_tensor(f"kept.{number}") for number in range(len(names))]


def test_diversity_is_the_mean_distance_between_pictures_of_different_prompts():
    rows = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    # Distances 1, 0.4 and 0.2; the last two share a prompt in the second case.
    assert diversity_of(rows, ["a", "b", "c"]) == pytest.approx((1 + 0.4 + 0.2) / 3)
    assert diversity_of(rows, ["a", "b", "b"]) == pytest.approx((1 + 0.4) / 2)


def test_adherence_is_how_much_nearer_pictures_are_to_their_own_prompt():
    pictures = np.array([[1, 0], [0, 1]], dtype=np.float32)
    texts = np.array([[0.8, 0.6], [0.6, 0.8]], dtype=np.float32)
    assert adherence_of(pictures, texts, ["a", "b"]) == pytest.approx(0.8 - 0.6)
    assert adherence_of(pictures[::-1], texts, ["a", "b"]) == pytest.approx(0.6 - 0.8)


def test_every_clip_is_watched_once_before_any_is_twice():
    briefs = [Brief("a", "1"), Brief("a", "2"), Brief("b", "3"), Brief("c", "4"), Brief("c", "5")]
    prompts = [brief.prompt for brief in well_spread(briefs, 7)]
    assert prompts == ["1", "3", "4", "2", "5", "1", "3"]
    alike = [Brief("a", "1"), Brief("a", "2"), Brief("b", "1")]
    assert [brief.prompt for brief in well_spread(alike, 3)] == ["1", "2", "1"]


def test_single_prompt_cannot_be_watched(preferences):
    briefs = Briefs([Brief("a", "1")], [Brief("b", "2")], [Brief("c", "3"), Brief("c", "3")])
    with pytest.raises(BadInput, match="holds out only '3' for it; judge more clips"):
        check_watchable(briefs, preferences)


@pytest.fixture(scope="module")
def watched(tmp_path_factory, snapshot_folder, reward_run, profile) -> tuple[Path, Any]:
    """A run that nothing stops, and what it returned."""
    folder = tmp_path_factory.mktemp("watched") / "emo"
    settings = _settings(ema_decay=0.5, learning_rate=1e-2, adapter_every=2, keep="last", **LOOSE)
    refined = refine(snapshot_folder, reward_run, folder, settings, profile, show_progress=False)
    return folder, refined


def test_watch_looks_at_base_and_last_step_too(watched):
    lines = _lines(watched[0])
    looks = {line["step"]: line for line in lines if "watch_reward" in line}
    assert list(looks) == [0, 2, 4]
    measures = {"watch_reward", "watch_judge", "watch_diversity", "watch_adherence"}
    assert looks[0].keys() == {"step", "watch_loss_pre", *measures}
    for measure in measures | {"watch_loss_pre"}:
        assert len({look[measure] for look in looks.values()}) == 3, measure
    assert [line["step"] for line in lines if "loss" in line] == [1, 2, 3, 4]


def test_watch_does_not_change_the_training(
    watched, tmp_path, snapshot_folder, reward_run, profile
):
    settings = _settings(ema_decay=0.5, learning_rate=1e-2, watch_every=0)
    refine(snapshot_folder, reward_run, tmp_path / "r", settings, profile, show_progress=False)
    lines = _lines(tmp_path / "r")
    assert lines == [line for line in _lines(watched[0]) if "loss" in line]
    seen, unseen = (
        load_file(run / "adapter" / WEIGHTS_NAME) for run in (watched[0], tmp_path / "r")
    )
    assert [name for name in seen if not torch.equal(seen[name], unseen[name])] == []
    run = read_json(tmp_path / "r" / "run.json")
    assert (run["saved_step"], run["stopped"], run["has_gained"]) == (4, None, None)
    assert not (tmp_path / "r" / "watch.png").exists()
    assert _kept(tmp_path / "r") == []
    assert "Nobody watched over it" in (tmp_path / "r" / "README.md").read_text()


def test_run_card_and_result_tell_what_the_watch_saw(watched):
    folder, refined = watched
    run, card = read_json(folder / "run.json"), (folder / "README.md").read_text()
    assert (run["saved_step"], run["stopped"], run["steps_taken"]) == (4, None, 4)
    assert refined.as_dict()["watch"]["watches"][1]["step"] == 2
    assert "All 4 steps stayed within the bounds. The adapter is that of step 4;" in card
    assert "| step | reward | judges | diversity | adherence | L_pre |  |" in card
    assert [row for row in card.splitlines() if row.startswith("| 4 |") and "saved" in row]
    assert read_lineage(folder / "adapter")["step"] == "4"
    with Image.open(folder / "watch.png") as plot:
        assert plot.size == (728, 572)


def test_wild_run_is_stopped_and_rolled_back(tmp_path, snapshot_folder, reward_run, profile):
    settings = _settings(learning_rate=1.0, rank=16, watch_every=1, steps=30)
    folder = tmp_path / "r"
    refined = refine(snapshot_folder, reward_run, folder, settings, profile, show_progress=False)

    run = read_json(folder / "run.json")
    stopped, looks = run["stopped"], [line for line in _lines(folder) if "watch_judge" in line]
    assert refined.ending.stop._asdict() == stopped
    assert 0 < stopped["step"] == run["steps_taken"] < 30
    assert "the bound is" in stopped["reason"]
    assert stopped["numbers"]["share"] > stopped["numbers"]["bound"]
    assert looks[-1]["step"] == stopped["step"]
    # The last look broke a bound; of those before, the judges' favourite is kept.
    best = max(looks[:-1], key=lambda look: look["watch_judge"])
    assert best["step"] == run["saved_step"] < stopped["step"]
    saved = load_file(folder / "adapter" / WEIGHTS_NAME)
    by_size = sorted(saved.values(), key=lambda value: (value.shape, value.sum().item()))
    kept = sorted(_kept(folder), key=lambda value: (value.shape, value.sum().item()))
    assert all(torch.equal(one, other) for one, other in zip(by_size, kept, strict=True))
    card = (folder / "README.md").read_text()
    assert f"Stopped after step {stopped['step']}: {stopped['reason']}." in card


def test_adapter_of_the_base_changes_nothing_and_says_so(
    tmp_path, snapshot_folder, reward_run, profile
):
    # No change at all is allowed, so that only the base itself is within the bounds.
    nothing = {"diversity_bound": 0.0, "adherence_bound": 0.0, "loss_pre_bound": 0.0}
    settings = _settings(learning_rate=0.5, watch_every=1, **nothing)
    refine(snapshot_folder, reward_run, tmp_path / "r", settings, profile, show_progress=False)
    run = read_json(tmp_path / "r" / "run.json")
    assert (run["saved_step"], run["has_gained"]) == (0, False)
    assert run["results"]["reward_before"] == run["results"]["reward_after"]
    weights = load_file(tmp_path / "r" / "adapter" / WEIGHTS_NAME)
    assert {value.abs().max().item() for name, value in weights.items() if "lora_B" in name} == {0}
    assert "Nothing was gained: the judges" in (tmp_path / "r" / "README.md").read_text()


def test_interrupted_watch_goes_on_bit_for_bit(
    watched, tmp_path, snapshot_folder, reward_run, profile
):
    settings = _settings(ema_decay=0.5, learning_rate=1e-2, adapter_every=2, keep="last", **LOOSE)
    folder = tmp_path / "r"
    arguments = (snapshot_folder, reward_run, folder, settings, profile)
    threading.Thread(target=_stop_after_a_look, args=(folder,), daemon=True).start()
    with pytest.raises(RunInterrupted, match=r"stopped after step \d of 4; go on with --resume"):
        refine(*arguments, show_progress=False)
    assert not (folder / "adapter").exists()
    refine(*arguments, resume=True, show_progress=False)
    assert _lines(folder) == _lines(watched[0])
    first, second = (load_file(run / "adapter" / WEIGHTS_NAME) for run in (watched[0], folder))
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    pairs = zip(_kept(watched[0]), _kept(folder), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def _stop_after_a_look(folder: Path) -> None:
    metrics = folder / "metrics.jsonl"
    while not (metrics.exists() and '"step": 2' in metrics.read_text()):
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGTERM)


def test_reward_model_without_judges_cannot_watch(tmp_path, snapshot_folder, reward_run, profile):
    alone = Path(shutil.copytree(reward_run, tmp_path / "alone"))
    config = alone / "model" / "config.json"
    write_json(config, read_json(config) | {"judges": 0})
    with pytest.raises(BadInput) as refusal:
        refine(snapshot_folder, alone, tmp_path / "r", _settings(), profile)
    assert str(refusal.value) == (
        f"the reward model in {alone} has no judges, so nobody could watch whether it is being "
        "exploited; train it with judges, or set watch_every to 0 to go without a watch"
    )
    assert not (tmp_path / "r").exists()
    unwatched = _settings(watch_every=0, steps=1)
    refine(snapshot_folder, alone, tmp_path / "r", unwatched, profile, show_progress=False)


def test_shuffled_control_learns_something_else_from_the_same_pictures(
    watched, tmp_path, snapshot_folder, reward_run, profile
):
    settings = _settings(targets="shuffled", watch_every=4, **LOOSE)
    refine(snapshot_folder, reward_run, tmp_path / "r", settings, profile, show_progress=False)
    own, other = (_lines(run) for run in (watched[0], tmp_path / "r"))
    base = {name: (own[0][name], other[0][name]) for name in own[0]}
    assert base["watch_diversity"][0] == base["watch_diversity"][1]
    assert base["watch_judge"][0] != base["watch_judge"][1]
    assert (own[1]["loss_pre"], own[1]["step"]) == (other[1]["loss_pre"], other[1]["step"])
    assert own[1]["reward"] != other[1]["reward"]
    assert read_lineage(tmp_path / "r" / "adapter")["targets"] == "shuffled"
    assert "**A control, not to be painted with**" in (tmp_path / "r" / "README.md").read_text()
