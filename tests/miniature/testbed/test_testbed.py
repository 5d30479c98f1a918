from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from miniature.testbed.results import Results
from miniature.testbed.testbed import run_testbed
from tests.factories.profiles import SIZE_PX
from tests.miniature.testbed.conftest import tiny_settings
from workbench.axes import AXES
from workbench.errors import BadInput, RunInterrupted
from workbench.files import read_json
from workbench.manifests import ClipEntry, ImageEntry, read_manifest
from workbench.snapshots import open_snapshot


@pytest.fixture
def results(loop_run: Path) -> Results:
    return Results.model_validate(read_json(loop_run / "results.json"))


def test_run_measures_every_axis(results):
    one = results.rounds[0]

    assert list(one.lessons) == list(AXES)
    assert (one.comparisons, one.votes) == (30, 30 * 3 * 3)
    for name, lesson in one.lessons.items():
        assert list(lesson.quality) == [name]
        assert list(lesson.effects) == list(AXES)
        assert [point.step for point in lesson.curve] == [0, 1, 2]
        assert lesson.curve[0].proxy.value == lesson.curve[0].gold.value == 0.0
        quality = lesson.quality[name]
        assert quality.ratio.value == pytest.approx(quality.accuracy.value / quality.ceiling.value)
        gap = lesson.followed.gap.value
        own = lesson.effects[name].gain.value
        assert lesson.followed.gold_gain.value == pytest.approx(own)
        assert gap == pytest.approx(lesson.followed.proxy_gain.value - own)


def test_only_axes_whose_gold_depends_on_the_clip_have_a_shuffled_control(results):
    controls = {name: lesson.control for name, lesson in results.rounds[0].lessons.items()}

    assert [name for name, control in controls.items() if control] == ["emo", "con"]
    for name in ("emo", "con"):
        lesson = results.rounds[0].lessons[name]
        surplus = lesson.effects[name].gain.value - lesson.control.effects[name].gain.value
        assert lesson.control.surplus[name].value == pytest.approx(surplus)


def test_control_differs_from_its_adapter_in_its_targets_alone(loop_run):
    for name in ("emo", "con"):
        own, control = (
            read_json(loop_run / "round-1" / kind / name / "run.json")
            for kind in ("refined", "control")
        )
        assert own["inputs"] == control["inputs"]
        changed = {
            key for key, value in own["settings"].items() if control["settings"][key] != value
        }
        assert changed == {"targets", "adapter_every"}
        assert control["settings"]["targets"] == "shuffled"


def test_base_is_measured_too(results):
    assert set(results.ground.gold) == set(AXES)
    assert max(map(abs, results.ground.singles.constant)) < 0.01
    assert results.ground.likeness.diversity.within is not None


def test_report_holds_tables_plots_and_prompts(loop_run):
    report = (loop_run / "report.md").read_text()

    assert "## Round 1: effect of each adapter on held-out clips" in report
    assert "| emo |" in report
    assert "palette," in report
    for name in ("over_optimisation.png", "effects.png", "pictures.png"):
        assert f"]({name})" in report
        with Image.open(loop_run / name) as opened:
            assert min(opened.size) > SIZE_PX


def test_learner_sees_votes_alone(loop_run):
    snapshot = open_snapshot(loop_run / "round-1" / "snapshot")

    tables = [snapshot.judgements(), snapshot.clips(), snapshot.images()]
    columns = {name for table in tables for name in table.column_names}
    assert not columns & {"gold", "utility", "valence", "arousal", "scene"}
    assert {path.suffix for path in snapshot.folder.rglob("*") if path.is_file()} == {
        *(".parquet", ".json", ".md", ".wav", ".png")
    }


def test_base_and_adapter_share_their_noise(loop_run):
    """An adapter of two small steps hardly moves the pictures; other noise would."""
    base = np.load(loop_run / "base.npz")["pictures"].astype(int)
    adapted = np.load(loop_run / "round-1" / "shown" / "emo.npz")["pictures"].astype(int)

    same = np.abs(base - adapted).mean()
    other = np.abs(base[0] - base[1]).mean()
    assert 0 < same < other / 2


def test_evaluation_clips_are_of_another_world(loop_run):
    learned, held = (
        {clip.caption for clip in read_manifest(loop_run / place / "clips.jsonl", ClipEntry)}
        for place in ("clips", "held-out")
    )

    assert not learned & held


def test_stages_are_noted_with_time_and_memory(loop_run, results):
    costs = results.costs

    assert list(costs)[:2] == ["start / render / clips", "start / render / held-out clips"]
    assert {"round 1 / refine / emo", "round 1 / reward / cre"} <= costs.keys()
    assert min(cost.seconds for cost in costs.values()) >= 0
    assert min(cost.peak_mib for cost in costs.values()) > 10


@pytest.fixture
def copied_run(loop_run: Path, tmp_path: Path) -> Path:
    """A finished run that a test may change."""
    return Path(shutil.copytree(loop_run, tmp_path / "run"))


def test_resume_goes_on_for_another_round_with_the_adapters_pictures(copied_run, profile, results):
    before = {p: p.stat().st_mtime_ns for p in (copied_run / "round-1").rglob("*.npz")}

    again = run_testbed(
        tiny_settings(rounds=2), copied_run, profile, resume=True, show_progress=False
    )

    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert again.rounds[0] == results.rounds[0]
    assert (again.rounds[1].comparisons, again.rounds[1].votes) == (60, 540)
    assert all(lesson.hindsight for lesson in again.rounds[1].lessons.values())
    manifest = copied_run / "round-2" / "candidates" / "images.jsonl"
    painters = [image.painter for image in read_manifest(manifest, ImageEntry)]
    assert set(painters) == {"base", "emo-1", "con-1", "cre-1"}
    assert {painters.count(name) for name in set(painters)} == {4}


def test_interrupted_run_goes_on_to_the_same_results(tmp_path, profile, results):
    folder = tmp_path / "run"
    threading.Thread(target=_stop_in_refinement, args=(folder,), daemon=True).start()
    with pytest.raises(RunInterrupted, match=r"stopped during 'round 1 / .*go on with --resume"):
        run_testbed(tiny_settings(), folder, profile, show_progress=False)
    assert read_json(folder / "run.json")["status"] == "cancelled"
    assert not (folder / "results.json").exists()

    resumed = run_testbed(tiny_settings(), folder, profile, resume=True, show_progress=False)

    assert resumed.rounds == results.rounds
    assert read_json(folder / "run.json")["status"] == "succeeded"


def _stop_in_refinement(folder: Path) -> None:
    while not (folder / "round-1" / "refined" / "con" / "run.json").exists():
        time.sleep(0.005)
    os.kill(os.getpid(), signal.SIGTERM)


def test_resume_refuses_other_settings(loop_run, profile):
    with pytest.raises(BadInput, match="was started with comparisons = 30, not 31"):
        run_testbed(tiny_settings(comparisons=31), loop_run, profile, resume=True)


def test_resume_refuses_other_models(loop_run, profile, tmp_path):
    other = shutil.copytree(profile.embedder, tmp_path / "other")
    (Path(other) / "more.json").write_text("{}")
    changed = profile.model_copy(update={"embedder": str(other)})

    with pytest.raises(BadInput, match="was started with another embedder"):
        run_testbed(tiny_settings(), loop_run, changed, resume=True)


def test_resume_refuses_a_folder_without_a_run(tmp_path, profile):
    with pytest.raises(BadInput, match=r"run\.json does not exist"):
        run_testbed(tiny_settings(), tmp_path, profile, resume=True)


def test_resume_refuses_a_run_that_lost_a_result(copied_run, profile):
    (copied_run / "round-1" / "votes.parquet").unlink()

    with pytest.raises(BadInput, match="of the finished stage 'round 1 / judge / vote' is gone"):
        run_testbed(tiny_settings(), copied_run, profile, resume=True, show_progress=False)


def test_folder_in_use_is_refused(loop_run, profile):
    with pytest.raises(BadInput, match="exists already"):
        run_testbed(tiny_settings(), loop_run, profile)


def test_broken_models_are_refused(tmp_path, profile):
    (tmp_path / "nothing").mkdir()
    for part in ("painter", "embedder"):
        broken = profile.model_copy(update={part: str(tmp_path / "nothing")})
        with pytest.raises(BadInput, match=r"no painter|lacks config\.json"):
            run_testbed(tiny_settings(), tmp_path / part, broken, show_progress=False)
    missing = profile.model_copy(update={"painter": str(tmp_path / "missing")})
    with pytest.raises(BadInput, match="is no folder"):
        run_testbed(tiny_settings(), tmp_path / "run", missing)


def test_too_few_pictures_for_the_comparisons_are_refused(tmp_path, profile):
    settings = tiny_settings(candidates_per_clip=1, comparisons=2_000)

    with pytest.raises(BadInput, match=r"8 clips with 8 pictures give only \d+ different"):
        run_testbed(settings, tmp_path / "run", profile, show_progress=False)


def test_watch_without_judges_is_refused():
    with pytest.raises(ValidationError, match="watch_every = 5 needs judges to watch"):
        tiny_settings(judges=0, watch_every=5)


def test_people_who_do_not_add_up_are_refused(tmp_path, profile):
    with pytest.raises(BadInput, match="change annotators, careless or adversaries"):
        run_testbed(tiny_settings(adversaries=7), tmp_path / "run", profile)
    assert not (tmp_path / "run").exists()


def test_fused_run_is_judged_on_all_axes(tmp_path, profile):
    settings = tiny_settings(
        reward="fused",
        pairs="random",
        l_pre=False,
        weighting="off",
        careless=0.5,
        curve_every=0,
        controls=False,
    )

    results = run_testbed(settings, tmp_path / "run", profile, show_progress=False)

    lesson = results.rounds[0].lessons["fused"]
    assert list(results.rounds[0].lessons) == ["fused"]
    assert list(lesson.quality) == list(AXES)
    gains = [lesson.effects[axis].gain.value for axis in AXES]
    assert lesson.followed.gold_gain.value == pytest.approx(np.mean(gains))
    assert {person.found.weight for person in results.rounds[0].people} == {1.0}
    assert lesson.curve == []
    assert not (tmp_path / "run" / "over_optimisation.png").exists()
    run = tmp_path / "run" / "round-1"
    assert read_json(run / "refined" / "fused" / "run.json")["settings"]["pretraining_weight"] == 0
    taught = open_snapshot(run / "snapshot-pooled")
    judged = open_snapshot(run / "snapshot").judgements().num_rows
    assert set(taught.judgements()["axis"].to_pylist()) == {"emo"}
    assert taught.judgements().num_rows == judged
