from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from rlhf.refine_settings import RefineSettings
from rlhf.reward_settings import RewardSettings

_HEAVY = ("torch", "transformers", "diffusers", "peft", "trl", "datasets")


def test_settings_and_door_load_no_model_library():
    program = (
        "import rlhf, rlhf.reward_settings, rlhf.refine_settings, rlhf.commands, sys;"
        f"print([name for name in {_HEAVY!r} if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("model", [RewardSettings, RefineSettings])
def test_every_setting_describes_itself(model):
    assert [name for name, field in model.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("model", [RewardSettings, RefineSettings])
def test_only_the_axis_has_no_default(model):
    assert [name for name, field in model.model_fields.items() if field.is_required()] == ["axis"]


@pytest.mark.parametrize("wrong", [{"axis": "fun"}, {"axis": "emo", "stepz": 3}])
def test_settings_refuse_what_they_do_not_know(wrong):
    with pytest.raises(ValidationError):
        RefineSettings(**wrong)
