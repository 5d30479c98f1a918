from __future__ import annotations

import json
import os
import signal
import threading
import time

import numpy as np
import pytest
import torch
from PIL import Image

from generation.adapters import AdapterChoice
from generation.painter import load_painter
from rlhf._features import encode_clips
from rlhf._refinement_data import briefs_of
from rlhf.effects.evaluation import measure_effects
from rlhf.effects.hall import hall_of
from rlhf.effects.plots import CURVES, MATRIX, WIN_RATES
from rlhf.preferences import read_preferences
from rlhf.reward_model import load_reward_model
from tests.rlhf.effects.conftest import measure, small_settings
from workbench.errors import BadInput, RunFailed, RunInterrupted
from workbench.files import read_json, sha256_of_file
from workbench.measures import win_points
from workbench.snapshots import open_snapshot


def test_run_leaves_everything(measured):
    folder = measured.folder
    names = {path.name for path in folder.iterdir()}
    plots = {MATRIX, WIN_RATES, CURVES, "contact_sheet.png", "steps_emo.png"}
    reports = {"results.json", "report.md", "report.html"}
    records = {"run.json", "progress.json", "paintings", *reports}
    assert names == plots | records
    assert read_json(folder / "run.json")["status"] == "succeeded"
    assert read_json(folder / "results.json") == json.loads(json.dumps(measured.results.as_dict()))


def test_run_names_all_that_made_it(measured, inputs):
    hashes = read_json(measured.folder / "run.json")["inputs"]
    assert set(hashes) == {
        *("snapshot", "embedder", "base_painter", "adapter_emo", "adapter_con"),
        *("reward_model_emo", "reward_model_con", "control_emo"),
    }
    weights = inputs.adapters["con"] / "pytorch_lora_weights.safetensors"
    assert hashes["adapter_con"] == sha256_of_file(weights)


def test_rows_of_the_effect_matrix(measured):
    assert [(row.name, row.kind, row.axis, row.cost) for row in measured.results.exhibits] == [
        ("emo", "adapter", "emo", 1),
        ("emo shuffled", "control", "emo", 1),
        ("con", "adapter", "con", 1),
        ("mixture 0.7 emo + 0.2 con", "mixture", None, 1),
        ("best of 3 by emo", "best_of", "emo", 3),
        ("best of 3 by con", "best_of", "con", 3),
    ]
    assert all(list(row.effects) == ["emo", "con"] for row in measured.results.exhibits)


def test_numbers_are_those_of_the_pictures(measured, inputs):
    base, adapted = (_pictures(measured, name) for name in ("base", "emo"))
    model, clips = _reward(inputs, "con")
    with torch.no_grad():
        judged = [model.judge(pictures, clips).double().numpy() for pictures in (base, adapted)]
        asked = [model.score(pictures, clips).double().numpy() for pictures in (base, adapted)]
    found = measured.results.exhibits[0].effects["con"]
    for effect, (before, after) in ((found.judged, judged), (found.asked, asked)):
        assert effect.win_rate.value == win_points(after, before).mean()
        gain = (after - before).mean() / before.std()
        assert effect.gain.value == pytest.approx(gain, rel=1e-3)


def _pictures(measured, name):
    with np.load(measured.folder / f"paintings/{name}.npz") as content:
        return torch.from_numpy(content["pictures"]).permute(0, 3, 1, 2).float() / 255


def _reward(inputs, axis):
    """The model, and what it hears of the clip of each picture."""
    model = load_reward_model(inputs.rewards[axis] / "model", inputs.profile.embedder)
    preferences = read_preferences(open_snapshot(inputs.snapshot), "emo")
    hall = hall_of(briefs_of(preferences).held_out, clips=2, per_clip=2, seed=0)
    known = [preferences.clips[hall.briefs[owner].clip_id] for owner in hall.owners]
    return model, encode_clips(model.embedder, known)


def test_best_of_keeps_what_the_asked_heads_like_best(measured, inputs):
    model, clips = _reward(inputs, "emo")
    with torch.no_grad():
        scores = np.stack(
            [
                model.score(_pictures(measured, name), clips).double().numpy()
                for name in ("base", "base-2", "base-3")
            ]
        )
    effect = _exhibit(measured, "best of 3 by emo").effects["emo"].asked
    assert effect.gain.value == pytest.approx(
        (scores.max(axis=0) - scores[0]).mean() / scores[0].std(), rel=1e-3
    )
    assert effect.win_rate.value >= 0.5


def test_adapter_and_base_are_compared_at_equal_painting_cost(measured, inputs):
    model, clips = _reward(inputs, "emo")
    kept, firsts = [], []
    for painter in ("base", "emo"):
        names = (painter, f"{painter}-2", f"{painter}-3")
        with torch.no_grad():
            shown = [_pictures(measured, name) for name in names]
            asked = np.stack([model.score(one, clips).double().numpy() for one in shown])
            judged = np.stack([model.judge(one, clips).double().numpy() for one in shown])
        kept.append(judged[asked.argmax(axis=0), np.arange(asked.shape[1])])
        firsts.append(judged[0])
    found = _exhibit(measured, "emo").at_equal_cost
    assert found.win_rate.value == win_points(kept[1], kept[0]).mean()
    assert found.gain.value == pytest.approx((kept[1] - kept[0]).mean() / firsts[0].std(), rel=1e-3)


def test_adapter_is_laid_beside_its_shuffled_control(measured, inputs):
    model, clips = _reward(inputs, "emo")
    with torch.no_grad():
        own, astray = (
            model.judge(_pictures(measured, name), clips).double().numpy()
            for name in ("emo", "control-emo")
        )
    found = _exhibit(measured, "emo").over_control
    assert found.win_rate.value == win_points(own, astray).mean()
    assert _exhibit(measured, "con").over_control is None
    assert not np.array_equal(own, astray)


def _exhibit(measured, name):
    return next(row for row in measured.results.exhibits if row.name == name)


def test_adapters_at_weight_0_are_the_base_bit_for_bit(measured):
    assert torch.equal(_pictures(measured, "curve-off"), _pictures(measured, "curve-base"))
    points = measured.results.curves["emo"]
    assert [point.weight for point in points] == [0.0, 0.5, 1.0]
    assert all(gain.low == gain.high == 0 for gain in points[0].gains.values())
    assert not torch.equal(_pictures(measured, "curve-emo-1"), _pictures(measured, "curve-base"))


def test_curves_are_in_sd_of_the_whole_hall(measured, inputs):
    model, clips = _reward(inputs, "con")
    whole, plain, strong = (
        _judged(model, _pictures(measured, name), clips)
        for name in ("base", "curve-base", "curve-emo-1")
    )
    gain = measured.results.curves["emo"][2].gains["con"]
    assert gain.value == pytest.approx((strong - plain).mean() / whole.std(), rel=1e-3)


def _judged(model, pictures, clips):
    """By the judges; of two pictures, one for each of the two clips."""
    rows = torch.arange(0, 4, 4 // len(pictures))
    with torch.no_grad():
        return model.judge(pictures, clips.rows(rows)).double().numpy()


def test_curves_are_painted_on_the_noise_of_the_whole_hall(measured):
    first_of_each_clip = _pictures(measured, "base")[::2]
    assert (first_of_each_clip - _pictures(measured, "curve-base")).abs().max() <= 1 / 255


def test_merged_adapters_paint_as_deployed_ones(measured, inputs):
    painter = load_painter(inputs.profile, device="cpu")
    painter.add_adapters(
        [AdapterChoice("emo", inputs.adapters["emo"] / "adapter", 0.5)], accept_foreign=False
    )
    preferences = read_preferences(open_snapshot(inputs.snapshot), "emo")
    tasks = hall_of(briefs_of(preferences).held_out, clips=2, per_clip=1, seed=0).tasks()
    profile = inputs.profile
    deployed = painter.paint(
        [task.prompt for task in tasks],
        [task.seed for task in tasks],
        steps=profile.steps,
        guidance=profile.guidance,
        size_px=profile.size_px,
    )
    expected = torch.stack([torch.from_numpy(np.array(p)).permute(2, 0, 1) for p in deployed])
    shown = _pictures(measured, "curve-emo-0.5")
    assert (shown - expected / 255).abs().max() <= 1.01 / 255


def test_adapters_that_change_the_base_while_off_fail_the_run(copied_run, inputs):
    off = copied_run / "paintings/curve-off.npz"
    with np.load(off) as content:
        spoilt = {"pictures": content["pictures"] ^ 1, "levels": content["levels"]}
    np.savez(off, **spoilt)
    with pytest.raises(RunFailed, match="at weight 0 paints other pictures"):
        measure(inputs, copied_run, small_settings(emo=0.7, con=0.2), resume=True)
    assert read_json(copied_run / "run.json")["status"] == "failed"


def test_resumed_run_paints_only_what_is_missing(copied_run, measured, inputs):
    (copied_run / "paintings/con.npz").unlink()
    (copied_run / "results.json").unlink()
    kept = {p.name: p.stat().st_mtime_ns for p in (copied_run / "paintings").iterdir()}
    results = measure(inputs, copied_run, small_settings(emo=0.7, con=0.2), resume=True)
    assert results.as_dict() == measured.results.as_dict()
    now = {p.name: p.stat().st_mtime_ns for p in (copied_run / "paintings").iterdir()}
    assert {name for name in now if now[name] != kept.get(name)} == {"con.npz"}


def test_interrupted_run_says_how_to_go_on(inputs, tmp_path):
    folder = tmp_path / "run"
    threading.Thread(target=_stop_after_a_painting, args=(folder,), daemon=True).start()
    with pytest.raises(RunInterrupted, match="are kept, go on with --resume"):
        measure(inputs, folder, small_settings())
    assert read_json(folder / "run.json")["status"] == "cancelled"
    assert not (folder / "results.json").exists()
    assert all(path.suffix == ".npz" for path in (folder / "paintings").iterdir())


def _stop_after_a_painting(folder):
    while not (folder / "paintings/curve-base.npz").exists():
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGTERM)


def test_resume_refuses_other_settings(copied_run, inputs):
    with pytest.raises(BadInput, match="was started with another seed"):
        measure(inputs, copied_run, small_settings(emo=0.7, con=0.2, seed=1), resume=True)


def test_contact_sheet_has_a_column_for_each_painter_and_a_row_for_each_clip(measured):
    with Image.open(measured.folder / "contact_sheet.png") as sheet:
        assert sheet.size == (250 + 4 * 202, 34 + 2 * 202)


def test_step_sheet_shows_before_the_kept_steps_and_after(measured):
    with Image.open(measured.folder / "steps_emo.png") as sheet:
        # The base, two of the three steps, the adapter.
        assert sheet.size == (250 + 4 * 202, 34 + 2 * 202)
    names = {path.stem for path in (measured.folder / "paintings").glob("shown-*")}
    assert names == {"shown-base", "shown-emo", "shown-emo-20", "shown-emo-30"}


def test_report_says_how_far_to_trust_it(measured):
    report = (measured.folder / "report.md").read_text()
    for sentence in (
        "Only 2 clips: a handful hardly varies",
        "No shuffled control was given for con:",
        "at equal painting cost, its best of 3 wins",
        "over its shuffled control",
        "The adapter for con was taught by another reward model",
        "is BIASED upwards (n ≤ d)",
        "equal those of the base bit for bit",
    ):
        assert sentence in report
    assert "The adapter for emo was taught by another" not in report
    assert all(sha256 in report for sha256 in measured.results.hashes.values())


def test_one_adapter_one_axis_without_baseline_or_curves(inputs, tmp_path):
    results = measure_effects(
        [inputs.adapters["con"]],
        [inputs.rewards["emo"]],
        inputs.snapshot,
        tmp_path / "run",
        small_settings(best_of=1, per_clip=1, pictures=2, weights="0", curve_pictures=2),
        inputs.profile,
        show_progress=False,
    )
    (row,) = results.exhibits
    assert (row.name, list(row.effects), row.over_best_of) == ("con", ["emo"], None)
    assert (results.curves, results.ground.floor) == ({}, None)
    assert row.likeness.diversity.within is row.diversity_kept.within is None
    assert not (tmp_path / "run" / CURVES).exists()
    assert "its own axis was not measured" in (tmp_path / "run/report.md").read_text()
