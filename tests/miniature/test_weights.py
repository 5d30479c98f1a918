"""The weights that ship: whole, small, and good for something."""

import json

import numpy as np
import pytest
import soundfile
from PIL import Image

from cluster_sampling.embedder import load_embedder
from generation.visual_prompt import VisualDescription
from miniature.picture_features import picture_features
from miniature.train.painter import load_pipeline, paint_prompts
from miniature.world.triples import make_triple
from workbench.files import sha256_of_folder
from workbench.profiles import PROFILES, ROOT

WEIGHTS = ROOT / "miniature" / "weights"


@pytest.fixture(scope="module")
def pipeline():
    return load_pipeline(WEIGHTS / "painter")


@pytest.mark.parametrize(("name", "largest_mb"), [("painter", 20), ("embedder", 8)])
def test_weights_are_small_and_their_card_names_their_hash(name, largest_mb):
    folder = WEIGHTS / name

    assert sum(p.stat().st_size for p in folder.rglob("*.safetensors")) < largest_mb * 1e6
    fingerprint = sha256_of_folder(folder, suffixes=(".safetensors",))
    assert fingerprint in (folder / "README.md").read_text(encoding="utf-8")


def test_profile_mini_points_at_the_weights():
    profile = PROFILES["mini"]

    assert (profile.painter, profile.embedder) == (
        str(WEIGHTS / "painter"),
        str(WEIGHTS / "embedder"),
    )
    assert json.loads((WEIGHTS / "painter" / "model_index.json").read_text())["_class_name"] == (
        "StableDiffusionXLPipeline"
    )


def test_painter_follows_palettes_of_prompts_that_generation_composes(pipeline):
    prompts = [
        VisualDescription(
            colour_palette=palette,
            lighting="bright",
            iconography="ocean waves",
            composition="wide",
            textures="smooth",
        ).prompt
        for palette in ("azure", "crimson", "emerald", "rose")
    ]

    azure, crimson, emerald, rose = map(picture_features, paint_prompts(pipeline, prompts, seed=0))

    assert azure.warmth < min(crimson.warmth, emerald.warmth, rose.warmth)
    assert emerald.greenness > max(azure.greenness, crimson.greenness, rose.greenness)
    assert crimson.lightness < rose.lightness


def test_painter_paints_glad_moods_lighter_than_sad_ones(pipeline):
    scenes = ("a deep forest", "mountain peaks", "a city skyline", "desert dunes")
    form = "{}, amber palette, golden light, balanced composition, smooth texture, {} mood"
    lightness = {}
    for mood in ("joyful", "mournful"):
        painted = paint_prompts(pipeline, [form.format(scene, mood) for scene in scenes], seed=0)
        lightness[mood] = np.mean([picture_features(picture).lightness for picture in painted])

    assert lightness["joyful"] > lightness["mournful"]


def test_embedder_finds_pictures_of_music_and_prompts_above_chance(tmp_path):
    triples = [make_triple(77, index) for index in range(24)]
    for index, triple in enumerate(triples):
        soundfile.write(tmp_path / f"{index}.wav", triple.samples, 16_000)
    embedder = load_embedder(WEIGHTS / "embedder")

    seen = embedder.embed_images([Image.fromarray(triple.picture) for triple in triples])
    heard = embedder.embed_audio([tmp_path / f"{index}.wav" for index in range(24)])
    read = embedder.embed_texts([triple.prompt for triple in triples])

    # Chance finds one of 24.
    own = np.arange(24)
    assert (np.argmax(read @ seen.T, axis=1) == own).mean() > 6 / 24
    assert (np.argsort(-heard @ seen.T, axis=1)[:, :5] == own[:, None]).any(axis=1).mean() > 0.4
