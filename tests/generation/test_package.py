from __future__ import annotations

import subprocess
import sys

import pytest

import generation
from workbench.profiles import ROOT


def test_every_public_name_can_be_imported() -> None:
    assert [name for name in generation.__all__ if not hasattr(generation, name)] == []


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        generation.nothing  # noqa: B018  reading it is the test


def test_settings_and_commands_load_no_model_library() -> None:
    code = (
        "import sys, generation, generation.settings, generation.commands; "
        "print(sorted({'torch', 'diffusers', 'transformers', 'librosa'} & sys.modules.keys()))"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert loaded.stdout == "[]\n"
