from __future__ import annotations

import pytest
import torch

from benchmarks.refine_sdxl import main
from workbench.files import read_json


def test_miniature_runs_end_to_end_and_stores_what_was_measured(tmp_path, capsys):
    assert main(["--miniature", "-o", str(tmp_path)]) == 0
    assert str(tmp_path) in capsys.readouterr().out
    result = read_json(tmp_path / "refine_sdxl_miniature.json")
    assert result["device"] == "CPU"
    assert {"machine", "versions", "commit"} <= result.keys()
    assert list(result["batches"]) == ["1", "2"]
    for row in result["batches"].values():
        assert row["fits"]
        assert row["step_s"] > 0
        assert row["share of matmul, step"] > 0
        assert row["share of matmul, rollout"] > 0
        assert row["times faster than plain"] > 0
    assert set(result["decoder"]) == {
        f"{precision}{how}" for precision in ("bfloat16", "float32") for how in ("", ", recomputed")
    }
    # Forwards of the rollout alone are less than the step, which contains them.
    assert 0 < result["tflops per picture, rollout"] < result["tflops per picture, step"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_full_size_asks_for_a_gpu(tmp_path, capsys):
    assert main(["-o", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "error: the full size needs a GPU and there is none; use --miniature\n"
    )
    assert list(tmp_path.iterdir()) == []
