from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
import typer
from pydantic import BaseModel, Field
from typer.testing import CliRunner

from workbench.command_line import courteous, with_settings
from workbench.errors import BadInput, RunFailed
from workbench.files import write_json


class Settings(BaseModel):
    axis: Literal["emo", "con"] = Field(description="the axis that is asked")
    rate: float = Field(0.5, gt=0, description="step size")
    is_fast: bool = Field(False, description="skip the slow part")


def run(*arguments: str, raises: Exception | None = None):  # type: ignore[no-untyped-def]
    @courteous
    @with_settings(Settings)
    def go(song: Annotated[Path, typer.Argument()], *, settings: Settings) -> None:
        """Do it."""
        if raises:
            raise raises
        typer.echo(f"{song} {settings.axis} {settings.rate} {settings.is_fast}")

    app = typer.Typer()
    app.command()(go)
    return CliRunner().invoke(app, arguments)


def test_options_come_from_the_settings() -> None:
    assert run("a.wav", "--axis", "emo", "--is-fast").output == "a.wav emo 0.5 True\n"


def test_help_teaches_the_settings() -> None:
    output = run("--help").output
    assert all(words in output for words in ("the axis that is asked", "step size", "0.5"))


def test_command_line_wins_over_config_wins_over_default(tmp_path: Path) -> None:
    write_json(tmp_path / "c.json", {"axis": "con", "rate": 0.25})
    config = ["--config", str(tmp_path / "c.json")]
    assert run("a", *config).output == "a con 0.25 False\n"
    assert run("a", *config, "--rate", "0.125").output == "a con 0.125 False\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a"], "axis is required; give --axis"),
        (["a", "--axis", "emo", "--rate", "-1"], "rate = -1.0 will not do"),
        (["a", "--axis", "emo", "--config", "none.json"], "none.json does not exist"),
    ],
)
def test_bad_settings_exit_with_2_and_one_sentence(arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_exit_codes_tell_bad_input_from_failure() -> None:
    assert run("a", "--axis", "emo", raises=BadInput("no song")).exit_code == 2
    failed = run("a", "--axis", "emo", raises=RunFailed("the loss is NaN"))
    assert (failed.exit_code, failed.output) == (1, "error: the loss is NaN\n")
