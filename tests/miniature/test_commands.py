from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from miniature.testbed.settings import QUICK, LoopSettings, quick
from musepainter import command_line
from tests.factories.embedders import tiny_embedder
from tests.factories.painters import tiny_painter
from tests.miniature.testbed.conftest import tiny_settings
from workbench.profiles import PROFILES

_HEAVY = ("torch", "transformers", "diffusers", "matplotlib", "miniature.gold")


def answer(*arguments: str):
    return CliRunner().invoke(command_line(["testbed"]), ["testbed", *arguments])


def test_help_names_every_ablation_and_loads_no_model_library():
    program = (
        "import sys; sys.argv = ['musepainter', 'testbed', '--help']\n"
        "import musepainter\n"
        "try: musepainter.main()\n"
        f"except SystemExit: print([name for name in {_HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "200", "PATH": ""},
    )
    for option in ("--reward", "--pairs", "--no-l-pre", "--careless", "--weighting", "--quick"):
        assert option in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--clips", "0"], "clips = 0 will not do"),
        (["--config", "/no/such/file"], "/no/such/file does not exist"),
        (["--careless", "1.5"], "careless = 1.5 will not do"),
        (["--painter", "/no/such/folder"], "the painter '/no/such/folder' is no folder"),
        (["--embedder", "/no/such/folder"], "the embedder '/no/such/folder' is no folder"),
        (["--profile", "huge"], "profile 'huge' is unknown"),
        (["--annotators", "2", "--adversaries", "3"], "change annotators, careless or adversaries"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments, problem):
    done = answer("-o", str(tmp_path / "run"), *arguments)

    assert done.exit_code == 2
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_resume_without_a_run_is_bad_input(tmp_path: Path):
    done = answer("-o", str(tmp_path / "run"), "--resume")

    assert done.exit_code == 2
    assert "run.json does not exist" in done.stderr


def test_quick_sizes_give_way_to_explicit_ones():
    settings = quick(LoopSettings(clips=20, seed=5))

    assert (settings.clips, settings.seed) == (20, 5)
    assert settings.rounds == QUICK["rounds"] == 1
    assert settings.comparisons == QUICK["comparisons"]


def test_every_setting_describes_itself():
    fields = LoopSettings.model_fields
    assert [name for name, field in fields.items() if not field.description] == []


def test_json_is_all_that_stdout_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    painter = tiny_painter(tmp_path / "painter", size_px=32)
    embedder = tiny_embedder(tmp_path / "embedder", size_px=32)
    tiny = PROFILES["mini"].model_copy(update={"name": "tiny", "size_px": 32, "steps": 2})
    monkeypatch.setitem(PROFILES, "tiny", tiny)
    config = tmp_path / "settings.json"
    config.write_text(tiny_settings(controls=False, curve_every=0).model_dump_json())
    models = ["--profile", "tiny", "--painter", str(painter), "--embedder", str(embedder)]

    done = answer("-o", str(tmp_path / "run"), "--config", str(config), *models, "--json")

    assert done.exit_code == 0, done.stderr
    assert list(json.loads(done.stdout)) == ["settings", "inputs", "ground", "rounds", "costs"]
