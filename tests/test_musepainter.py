from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from musepainter import DOORS, command_line

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"torch", "diffusers", "transformers", "faiss", "librosa", "sklearn", "django"}


def loaded_by(code: str) -> set[str]:
    """The heavy libraries that a fresh interpreter holds after running `code`."""
    script = f"{code}\nimport sys; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return HEAVY & set(answer.stdout.split())


def test_help_lists_every_command_without_loading_a_library() -> None:
    result = CliRunner().invoke(command_line([]), ["--help"])
    assert result.exit_code == 0
    assert all(name in result.output for name in DOORS)
    assert loaded_by("import musepainter; musepainter.command_line(['--help'])") == set()


def test_every_command_has_help_that_loads_no_library() -> None:
    for name in DOORS:
        assert CliRunner().invoke(command_line([name]), [name, "--help"]).exit_code == 0
    names = list(DOORS)
    assert (
        loaded_by(f"import musepainter\nfor n in {names}: musepainter.command_line([n])") == set()
    )


def test_unknown_command_exits_with_2() -> None:
    assert CliRunner().invoke(command_line(["sing"]), ["sing"]).exit_code == 2
