import pytest
from typer.testing import CliRunner

from miniature.train.__main__ import app


@pytest.mark.parametrize("name", ["painter", "embedder"])
def test_help_teaches_every_setting(name):
    result = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})

    assert result.exit_code == 0
    assert "--resume" in result.output
    assert "Decides world, initial weights and batches." in result.output


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["painter", "--vae-steps", "0"], "vae_steps"),
        (["painter", "--unet-width", "50"], "unet_width"),
        (["embedder", "--learning-rate", "nan"], "learning_rate"),
    ],
)
def test_impossible_settings_are_named_and_refused(arguments, field, tmp_path):
    places = ["--run", str(tmp_path / "run"), "-o", str(tmp_path / "weights")]
    result = CliRunner().invoke(app, [*arguments, *places])

    assert result.exit_code == 2
    assert f"{field} = " in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_existing_weights_are_refused(tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "kept").touch()

    places = ["--run", str(tmp_path / "run"), "-o", str(tmp_path / "weights")]
    result = CliRunner().invoke(app, ["painter", *places])

    assert result.exit_code == 2
    assert "exists already" in result.stderr
