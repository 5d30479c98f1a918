import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from miniature.classifier import NOTHING, read_classifier
from miniature.pixels import as_pixels
from miniature.train.__main__ import app
from miniature.train.classifying import WORLDS, classifier_losses, make_classifier
from miniature.train.disturbing import DISTURBANCES, disturbed, pictures_of_nothing
from miniature.train.drawn import world_latents
from miniature.train.settings import ClassifierSettings
from miniature.world.pictures import draw_picture
from workbench.errors import BadInput
from workbench.files import read_json, sha256_of_folder

SETTINGS = ClassifierSettings(
    name="examiner", pictures=12, steps=3, batch=6, held_out=4, save_every=1
)
PIXELS = as_pixels(np.stack([draw_picture(point) for point in world_latents(8, 5)]))


def weights_hash(folder):
    return sha256_of_folder(folder, suffixes=(".safetensors",))


def make(settings, place, name, *, run=None, resume=False):
    return make_classifier(
        settings,
        run_folder=place / (run or f"run-{name}"),
        weights=place / name,
        resume=resume,
        show_progress=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = tmp_path_factory.mktemp("classifier")
    return place, make(SETTINGS, place, "weights")


def test_recipe_writes_a_folder_with_card_and_measurements(made):
    place, measured = made

    assert read_classifier(place / "weights").name == "examiner"
    assert measured["megabytes"] < 0.3
    assert 0.0 <= measured["scene_of_drawn"] <= 1.0
    assert read_json(place / "run-weights" / "run.json")["measured"] == measured
    assert weights_hash(place / "weights") in (place / "weights" / "README.md").read_text()


def test_recipe_gives_the_same_weights_again(made, tmp_path):
    make(SETTINGS, tmp_path, "again")

    assert weights_hash(tmp_path / "again") == weights_hash(made[0] / "weights")


@pytest.mark.parametrize("change", [{"seed": 1}, {"name": "inspector"}, {"steps": 2}])
def test_recipe_gives_other_weights_for_other_settings(made, tmp_path, change):
    make(SETTINGS.model_copy(update=change), tmp_path, "other")

    assert weights_hash(tmp_path / "other") != weights_hash(made[0] / "weights")


@pytest.mark.parametrize("name", ["examiner", "inspector"])
def test_recipe_resumes_to_the_same_weights(tmp_path, name):
    settings = SETTINGS.model_copy(update={"name": name})
    make(settings, tmp_path, "direct")
    make(settings.model_copy(update={"steps": 1}), tmp_path, "part", run="run")
    make(settings, tmp_path, "resumed", run="run", resume=True)

    assert weights_hash(tmp_path / "part") != weights_hash(tmp_path / "direct")
    assert weights_hash(tmp_path / "resumed") == weights_hash(tmp_path / "direct")


def test_recipe_refuses_to_overwrite(made, tmp_path):
    place, _ = made

    with pytest.raises(BadInput, match="exists already"):
        make_classifier(SETTINGS, run_folder=tmp_path / "run", weights=place / "weights")
    with pytest.raises(BadInput, match="exists already"):
        make_classifier(SETTINGS, run_folder=place / "run-weights", weights=tmp_path / "weights")


def test_examiner_and_inspector_learn_from_different_worlds_and_disturbances():
    worlds = [world_latents(3, seed) for seed in WORLDS.values()]

    assert all(one != other for one, other in zip(*worlds, strict=True))
    assert DISTURBANCES["examiner"] != DISTURBANCES["inspector"]


def test_loss_asks_for_nothing_in_nothing_and_for_the_truth_elsewhere():
    even = {"scene": torch.zeros(2, 9), "palette": torch.zeros(2, 8), "lighting": torch.zeros(2, 5)}
    meant = {head: torch.tensor([1]) for head in even}
    sure = {head: rows.clone() for head, rows in even.items()}
    sure["scene"][0, NOTHING] = 50.0
    for rows in sure.values():
        rows[1, 1] = 50.0

    # ln 9, ln 8, ln 5; and of the sure ones what an even palette costs: half of ln 8, of ln 5.
    assert [round(float(v), 4) for v in classifier_losses(even, meant, 1).values()] == [
        5.8861, 2.1972, 2.0794, 1.6094,
    ]  # fmt: skip
    assert [round(float(v), 4) for v in classifier_losses(sure, meant, 1).values()] == [
        1.8444, 0.0, 1.0397, 0.8047,
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["examiner", "inspector"])
def test_disturbed_pictures_stay_recognisable_pixels_and_follow_the_generator(name):
    one, again, other = (
        disturbed(PIXELS, DISTURBANCES[name], torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    )

    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert one.shape == PIXELS.shape
    assert one.abs().max() <= 1.0
    assert 0.05 < (one - PIXELS).abs().mean() < 0.5
    # Their mean colour hardly moves.
    assert (one - PIXELS).mean(dim=(2, 3)).abs().mean() < 0.1


def test_pictures_of_nothing_come_in_all_kinds():
    pixels = PIXELS.repeat(16, 1, 1, 1)
    made = pictures_of_nothing(pixels, torch.Generator().manual_seed(0))
    again = pictures_of_nothing(pixels, torch.Generator().manual_seed(0))

    assert torch.equal(made, again)
    assert made.shape == pixels.shape
    assert made.abs().max() <= 1.0
    spreads = made.std(dim=(2, 3)).mean(dim=1)
    assert spreads.min() < 0.05
    assert spreads.max() > 0.5


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "name is required"),
        (["--name", "judge"], "judge"),
        (["--name", "examiner", "--batch", "1"], "batch = "),
        (["--name", "examiner", "--nothing-share", "nan"], "nothing_share = "),
    ],
)
def test_command_refuses_impossible_settings(arguments, complaint, tmp_path):
    places = ["--run", str(tmp_path / "run"), "-o", str(tmp_path / "weights")]
    result = CliRunner().invoke(app, ["classifier", *arguments, *places])

    assert result.exit_code == 2
    assert complaint in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["classifier", "gold"])
def test_help_teaches(command):
    result = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"})

    assert result.exit_code == 0
    assert "examiner" in result.output


def test_gold_command_writes_what_it_measured(tmp_path):
    path = tmp_path / "reference.json"
    result = CliRunner().invoke(
        app, ["gold", "--pictures", "100", "--of-each", "8", "-o", str(path)]
    )

    assert result.exit_code == 0, result.output
    assert sorted(read_json(path)) == [
        "appeal", "excitement", "form", "gladness", "implied", "tone",
    ]  # fmt: skip
