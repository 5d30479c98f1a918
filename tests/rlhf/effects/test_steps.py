from __future__ import annotations

from pathlib import Path

import pytest

from rlhf.effects.steps import well_spread


@pytest.mark.parametrize(
    ("count", "expected"), [(0, []), (1, [60]), (3, [20, 40, 60]), (6, [10, 20, 30, 40, 50, 60])]
)
def test_steps_are_well_spread_and_end_with_the_last(count, expected):
    steps = {step: Path(f"step-{step}") for step in range(10, 70, 10)}
    assert list(well_spread(steps, count)) == expected
