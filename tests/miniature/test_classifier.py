import json
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageFilter

from miniature.classifier import (
    HEADS,
    NOTHING,
    adherence,
    load_classifier,
    read_classifier,
    recognised,
)
from miniature.train.drawn import HELD_OUT, world_latents
from miniature.world.pictures import draw_picture
from workbench.errors import BadInput
from workbench.files import sha256_of_folder
from workbench.profiles import ROOT

POINTS = world_latents(200, HELD_OUT + 7)
NAMES = ("examiner", "inspector")
WEIGHTS = ROOT / "miniature" / "weights"


@pytest.fixture(scope="module")
def drawn():
    return np.stack([draw_picture(point) for point in POINTS])


def blurred(pictures, radius):
    soft = ImageFilter.GaussianBlur(radius)
    return np.stack([np.asarray(Image.fromarray(picture).filter(soft)) for picture in pictures])


@pytest.mark.parametrize("name", NAMES)
def test_judge_gives_log_probabilities_of_every_head(name, drawn):
    judged = load_classifier(name).judge(drawn[:5])

    assert {head: values.shape for head, values in judged.items()} == {
        "scene": (5, 9), "palette": (5, 8), "lighting": (5, 5),
    }  # fmt: skip
    for values in judged.values():
        assert np.exp(values).sum(axis=1) == pytest.approx(np.ones(5))


@pytest.mark.parametrize("name", NAMES)
def test_classifier_recognises_drawn_pictures(name, drawn):
    shares = recognised(load_classifier(name), drawn, POINTS)

    assert shares.scene > 0.95
    assert shares.palette > 0.95


@pytest.mark.parametrize("name", NAMES)
def test_classifier_judges_soft_pictures_hardly_worse(name, drawn):
    shares = recognised(load_classifier(name), blurred(drawn, 2), POINTS)

    assert shares.scene > 0.9
    assert shares.palette > 0.9


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["constant", "noise", "gradient", "dissolved"])
def test_classifier_sees_no_scene_where_there_is_none(name, kind, drawn):
    rng = np.random.default_rng(0)
    colours = np.array(list(product((0, 60, 120, 180, 255), repeat=3)))[:, None, None]
    share = np.linspace(0, 1, 64)[:, None, None]
    pictures = {
        "constant": np.broadcast_to(colours, (125, 64, 64, 3)),
        "noise": rng.integers(0, 256, (100, 64, 64, 3)),
        "gradient": colours + share * (np.roll(colours, 31, axis=0) - colours),
        "dissolved": blurred(drawn[:100], 40),
    }[kind].astype(np.uint8)

    scenes = np.exp(load_classifier(name).judge(pictures)["scene"])

    assert scenes[:, :NOTHING].max(axis=1).mean() < 0.1
    assert (scenes.argmax(axis=1) == NOTHING).mean() > 0.9


def test_adherence_is_the_inspectors_and_falls_to_chance_for_other_points(drawn):
    assert adherence(drawn, POINTS) == recognised(load_classifier("inspector"), drawn, POINTS)
    others = adherence(drawn, POINTS[1:] + POINTS[:1])

    assert others.scene == pytest.approx(1 / 8, abs=0.08)
    assert others.palette < 0.4


def test_adherence_refuses_another_number_of_points(drawn):
    with pytest.raises(ValueError, match="as many points as pictures, not 3 and 2"):
        adherence(drawn[:2], POINTS[:3])
    with pytest.raises(ValueError, match="as many points as pictures, not 0 and 0"):
        adherence(drawn[:0], [])


def test_examiner_and_inspector_are_different_networks():
    shapes = [
        sorted(tuple(t.shape) for t in load_classifier(name).body.parameters()) for name in NAMES
    ]

    assert shapes[0] != shapes[1]
    assert load_classifier("examiner") is load_classifier("examiner")


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_small_and_their_card_names_their_hash(name):
    folder = WEIGHTS / name

    assert (folder / "model.safetensors").stat().st_size < 0.3e6
    fingerprint = sha256_of_folder(folder, suffixes=(".safetensors",))
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert fingerprint in card
    assert f"python -m miniature.train classifier --name {name}" in card


@pytest.mark.parametrize(
    "config",
    [
        None,
        {},
        {"name": "judge", "widths": [20, 40, 64, 96]},
        {"name": "examiner", "widths": [8, 8, 8, 8]},
        {"name": "examiner", "widths": 8},
        [1],
    ],
)
def test_folder_that_holds_no_classifier_is_refused(config, tmp_path):
    weights = (WEIGHTS / "examiner" / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights)
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config))

    with pytest.raises(BadInput, match=str(tmp_path)):
        read_classifier(tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"\xff" * 64])
def test_broken_weights_are_refused(content, tmp_path):
    config = (WEIGHTS / "inspector" / "config.json").read_bytes()
    (tmp_path / "config.json").write_bytes(config)
    if content is not None:
        (tmp_path / "model.safetensors").write_bytes(content)

    with pytest.raises(BadInput, match="holds no picture classifier"):
        read_classifier(tmp_path)


def test_heads_are_the_words_of_the_world():
    assert HEADS["scene"][NOTHING] == "nothing"
    assert [len(values) for values in HEADS.values()] == [9, 8, 5]
