from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from rlhf._guards import falls
from rlhf.refinement import refine
from rlhf.reward_model import ClipFeatures, load_reward_model
from tests.rlhf.objectives.conftest import small_settings
from workbench.errors import BadInput
from workbench.files import read_json, write_json


@pytest.fixture(scope="module")
def guard_run(reward_run, tmp_path_factory) -> Path:
    """The reward run once more, called one of another axis."""
    folder = Path(shutil.copytree(reward_run, tmp_path_factory.mktemp("guards") / "cre"))
    config = folder / "model" / "config.json"
    write_json(config, read_json(config) | {"axis": "cre"})
    return folder


def _clips(n: int) -> ClipFeatures:
    rows = torch.nn.functional.normalize(torch.arange(1.0, n * 32 + 1).view(n, 32), dim=-1)
    known = torch.ones(n, dtype=bool)
    return ClipFeatures(rows, rows.flip(1), known, known)


def test_falls_count_what_got_worse_and_nothing_that_got_better(guard_run, profile):
    guard = load_reward_model(guard_run / "model", profile.embedder)
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    one, other = images[:1], images[1:]
    gap = (guard.score(one, _clips(1)) - guard.score(other, _clips(1))).item()
    better, worse = (one, other) if gap > 0 else (other, one)
    assert falls([guard], better, worse, _clips(1)).item() == 0
    assert falls([guard], worse, better, _clips(1)).item() == pytest.approx(abs(gap), abs=1e-5)
    twice = falls([guard, guard], worse, better, _clips(1)).item()
    assert twice == pytest.approx(2 * abs(gap), abs=1e-5)


def test_a_guard_changes_what_is_learned_and_is_recorded(
    guard_run, reward_run, snapshot_folder, profile, tmp_path
):
    settings = small_settings("draft", learning_rate=1e-2, guard_weight=50.0)
    arguments = (snapshot_folder, reward_run)
    for name, guards in (("free", ()), ("guarded", (guard_run,))):
        output = tmp_path / name
        refine(*arguments, output, settings, profile, guards=guards, show_progress=False)
    free, guarded = (read_json(tmp_path / n / "run.json") for n in ("free", "guarded"))
    assert free["adapter_sha256"] != guarded["adapter_sha256"]
    assert "guard_cre" not in free["inputs"]
    assert len(guarded["inputs"]["guard_cre"]) == 64
    rows = (tmp_path / "guarded" / "metrics.jsonl").read_text().splitlines()
    falls_seen = [json.loads(row)["guard_fall"] for row in rows]
    assert falls_seen[0] < 1e-4 < falls_seen[1]  # The first pictures are the base's own.
    with pytest.raises(BadInput, match="was started on another guard_cre"):
        refine(*arguments, tmp_path / "free", settings, profile, guards=[guard_run], resume=True)


@pytest.mark.parametrize(
    ("objective", "guards", "complaint"),
    [
        ("draft", ["own"], "is of the axis 'emo', which is the one to be improved; give one"),
        ("draft", ["guard", "guard"], "is of the axis 'cre', which is guarded already; give one"),
        ("draft", ["nowhere"], "is no finished reward run"),
        ("dpo", ["guard"], "a gradient, which dpo does not ask for; use refl or draft"),
    ],
)
def test_unfitting_guards_are_refused(
    objective, guards, complaint, guard_run, reward_run, snapshot_folder, profile, tmp_path
):
    runs = {"own": reward_run, "guard": guard_run, "nowhere": tmp_path}
    chosen = [runs[name] for name in guards]
    with pytest.raises(BadInput, match=complaint):
        refine(
            snapshot_folder, reward_run, tmp_path / "r", small_settings(objective), profile,
            guards=chosen,
        )  # fmt: skip
    assert not (tmp_path / "r").exists()
