from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from transformers import CLIPModel

from benchmarks.clip_sizes import clip_h
from benchmarks.reward_backbone import MINIATURE, learning, main, pictures, reward_model
from workbench.files import read_json

# What a rented GPU machine lacks, and the measurement has no need of.
_ABSENT = (
    "datasets",
    "diffusers",
    "django",
    "faiss",
    "librosa",
    "matplotlib",
    "sklearn",
    "soundfile",
)
_WITHOUT = """
import sys
for name in {absent}:
    sys.modules[name] = None
from benchmarks.reward_backbone import main
sys.exit(main({arguments}))
"""


def test_miniature_runs_on_a_bare_machine_and_stores_what_was_measured(tmp_path):
    program = _WITHOUT.format(absent=_ABSENT, arguments=["--miniature", "-o", str(tmp_path)])
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, str(tmp_path) in done.stdout) == (0, True), done.stderr
    result = read_json(tmp_path / "reward_backbone_miniature.json")
    assert result["device"] == "CPU"
    assert {"machine", "versions", "commit"} <= result.keys()
    assert set(result["steps"]) == {
        "1 pairs, kept", "2 pairs, kept", "1 pairs, recomputed", "2 pairs, recomputed"
    }  # fmt: skip
    assert all(row["fits"] and row["step_s"] > 0 for row in result["steps"].values())
    assert result["2 pairs of cached features, step_s"] > 0


def test_steps_move_heads_and_lora_alone():
    model = reward_model(MINIATURE)
    names = {name for name, each in model.named_parameters() if each.requires_grad}
    assert {name.split(".")[0] for name in names} == {"null_music", "null_text", "heads", "towers"}
    assert all("lora_" in name for name in names if name.startswith("towers."))
    model(**pictures(MINIATURE, model, 1)).by_head.sum().backward()
    moved = {name for name, each in model.named_parameters() if each.grad is not None}
    assert moved == names
    assert len(learning(model)) == len(names)


def test_clip_h_has_as_many_parameters_as_the_published_one():
    with torch.device("meta"):
        model = CLIPModel(clip_h(49_407))
    assert sum(each.numel() for each in model.parameters()) == 986_109_441


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_full_size_asks_for_a_gpu(tmp_path, capsys):
    assert main(["-o", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "error: the full size needs a GPU and there is none; use --miniature\n"
    )
    assert list(tmp_path.iterdir()) == []
