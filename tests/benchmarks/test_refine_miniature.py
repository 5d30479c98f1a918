from __future__ import annotations

import pytest

from benchmarks.refine_miniature import measure
from tests.factories.profiles import tiny_profile


@pytest.mark.timeout(600)
def test_run_is_timed_from_folders_to_its_last_step(tmp_path):
    result = measure(steps=4, profile=tiny_profile(tmp_path, steps=2))
    assert result["steps"] == 4
    assert 0 < 4 * result["step_s"] < result["run_s"] * 4
    assert result["processor_s"] > 0
    assert result["times faster than picture by picture"] > 0
