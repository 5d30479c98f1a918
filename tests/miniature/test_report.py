import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from miniature.report.__main__ import app
from miniature.report.measuring import Gallery, _correlation, _gold_rows
from miniature.report.rows import Report, Row, Weights, as_json, as_markdown, as_table
from miniature.train.drawn import world_latents
from miniature.train.embedder import make_embedder
from miniature.train.painter import make_painter
from miniature.train.settings import EmbedderSettings, PainterSettings
from miniature.world.pictures import draw_picture
from workbench.files import read_json, sha256_of_folder

PAINTER = PainterSettings(
    pictures=12, vae_steps=1, vae_batch=2, unet_steps=1, unet_batch=2, unet_width=16,
    held_out=8, threads=1,
)  # fmt: skip
EMBEDDER = EmbedderSettings(triples=8, steps=1, batch=4, width=32, held_out=4, threads=1)
ROWS = (
    Row("painter", "pictures per s", 2.5, ".1f", 2.0),
    Row("gold", "best constant", 0.25, "+.2f", 0.0, "at most"),
    Row("gold", "unknown", math.nan),
)
REPORT = Report(
    rows=ROWS,
    weights=(Weights("painter", "here", 7.25, "ab" * 32),),
    settings={"pictures": 8},
    versions={"numpy": "2"},
    commit=None,
    seconds=12.4,
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    place = tmp_path_factory.mktemp("models")
    make_painter(
        PAINTER, run_folder=place / "run-p", weights=place / "painter", show_progress=False
    )
    make_embedder(
        EMBEDDER, run_folder=place / "run-e", weights=place / "embedder", show_progress=False
    )
    return ["--painter", str(place / "painter"), "--embedder", str(place / "embedder")]


@pytest.fixture(scope="module")
def reported(folders, tmp_path_factory):
    output = tmp_path_factory.mktemp("report") / "output"
    small = ["--pictures", "16", "--triples", "4", "--steps", "2", "--threads", "1"]
    result = CliRunner().invoke(app, [*folders, *small, "--json", "-o", str(output)])
    assert result.exit_code == 0, result.output
    return output, result


def test_report_measures_the_named_weights(reported, folders):
    content = read_json(reported[0] / "report.json")

    assert [w["name"] for w in content["weights"]] == [
        "painter", "embedder", "examiner", "inspector",
    ]  # fmt: skip
    for weights, folder in zip(content["weights"][:2], (folders[1], folders[3]), strict=True):
        assert weights["folder"] == folder
        assert weights["sha256"] == sha256_of_folder(Path(folder), suffixes=(".safetensors",))
        assert 0 < weights["megabytes"] < 5
    assert content["settings"]["steps"] == 2
    assert content["seconds"] > 0


def test_report_has_every_number_that_the_world_must_reach(reported):
    rows = {
        (row["about"], row["name"]): row for row in read_json(reported[0] / "report.json")["rows"]
    }

    assert {key for key, row in rows.items() if row["target"] is not None} == {
        ("adherence", "scene, painted, inspector"),
        ("adherence", "palette, painted, inspector"),
        ("recall@1", "audio to image, of 4"),
        ("recall@1", "caption to image, of 4"),
        ("recall@1", "prompt to image, of 4"),
        ("painter", "pictures per s"),
        ("gold", "emo, best constant picture"),
        ("gold", "con, best constant picture"),
        ("gold", "cre, best constant picture"),
        ("gold", "emo with con: size of rho"),
        ("gold", "emo with cre: size of rho"),
        ("gold", "con with cre: size of rho"),
        ("gold", "pictures judged per s"),
        ("weights", "all together, MB"),
    }
    # A painter that learned next to nothing is known as one, and the drawn pictures as good.
    assert rows["adherence", "scene, painted, inspector"]["is_reached"] is False
    assert rows["adherence", "scene, drawn, inspector"]["value"] > 0.8
    assert rows["gold", "cre, best constant picture"]["value"] == 0.0


def test_report_prints_json_alone_with_json(reported):
    output, result = reported

    assert json.loads(result.stdout) == read_json(output / "report.json")


def test_report_writes_a_page_and_a_grid(reported):
    output, _ = reported

    page = (output / "report.md").read_text(encoding="utf-8")
    assert sorted(path.name for path in output.iterdir()) == [
        "drawn_and_painted.png", "report.json", "report.md",
    ]  # fmt: skip
    assert "| scene, painted, inspector |" in page
    assert "](drawn_and_painted.png)" in page
    with Image.open(output / "drawn_and_painted.png") as grid:
        # 2 rows of 8 prompts, drawn and painted, each picture twice as large.
        assert grid.size == (8 * 128, 4 * 128)


def test_report_refuses_an_existing_output_before_any_work(reported):
    result = CliRunner().invoke(app, ["-o", str(reported[0])])

    assert result.exit_code == 2
    assert "exists already" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--pictures", "7"], "pictures = 7"),
        (["--guidance", "nan"], "guidance = "),
        (["--painter", "/nowhere/at/all"], "/nowhere/at/all"),
    ],
)
def test_report_refuses_bad_input_in_one_sentence(arguments, complaint):
    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 2
    assert complaint in result.stderr
    assert result.stderr.count("\n") == 1


def test_report_refuses_a_folder_that_holds_no_embedder(folders, tmp_path):
    result = CliRunner().invoke(app, [*folders[:2], "--embedder", str(tmp_path)])

    assert result.exit_code == 2
    assert str(tmp_path) in result.stderr


def test_help_teaches():
    result = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"})

    assert result.exit_code == 0
    assert "Measure the miniature models" in result.output
    assert "Held-out prompts to paint." in result.output


def test_gold_rows_of_drawn_pictures_reach_their_targets():
    points = world_latents(64, 3)
    drawn = np.stack([draw_picture(point) for point in points])
    rows = {row.name: row for row in _gold_rows(Gallery(points, drawn, drawn, 1.0))}

    assert rows["emo, of the own clip: mean"].value > rows["emo, pictures x clips: mean"].value
    for name in ("emo with con: size of rho", "emo with cre: size of rho"):
        assert rows[name].is_reached
    assert 0.7 < rows["con, pictures x clips: sd"].value < 1.3


def test_correlation_is_spearmans_and_unknown_without_change():
    rising = np.arange(5.0)

    assert _correlation(rising, -(rising**3)) == pytest.approx(1.0)
    # Ranks 1 2 3 4 5 against 2 1 4 3 5: 1 - 6 * 4 / (5 * 24) = 0.8.
    assert _correlation(rising, np.array([2.0, 1.0, 4.0, 3.0, 5.0])) == pytest.approx(0.8)
    assert math.isnan(_correlation(rising, np.ones(5)))


def test_row_knows_whether_its_target_is_reached():
    fast, constant, unknown = ROWS

    assert (fast.is_reached, constant.is_reached, unknown.is_reached) == (True, False, None)
    assert replace(fast, value=1.9).is_reached is False
    assert replace(fast, value=math.nan).is_reached is False
    assert (fast.shown_target, constant.shown_target) == ("at least 2.0", "at most +0.00")


def test_report_is_shown_in_three_ways():
    rows = as_json(REPORT)["rows"]

    assert [(row["value"], row["is_reached"]) for row in rows] == [
        (2.5, True), (0.25, False), (None, None),
    ]  # fmt: skip
    assert "| painter | pictures per s | 2.5 | at least 2.0 | reached |" in as_markdown(REPORT)
    assert "- painter: 7.25 MB, sha256 abab" in as_markdown(REPORT)
    table = as_table(REPORT)
    assert list(table.columns[2].cells) == ["2.5", "+0.25", "nan"]
    assert list(table.columns[4].cells) == ["reached", "missed", ""]
