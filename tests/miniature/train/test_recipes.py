import numpy as np
import pytest
import torch
from diffusers import StableDiffusionXLPipeline

from cluster_sampling.embedder import load_embedder
from miniature.train.embedder import make_embedder
from miniature.train.painter import load_pipeline, make_painter, paint_prompts
from miniature.train.settings import EmbedderSettings, PainterSettings
from workbench.errors import BadInput
from workbench.files import read_json, sha256_of_folder

PAINTER = PainterSettings(
    pictures=12, vae_steps=4, vae_batch=2, unet_steps=2, unet_batch=2, unet_width=16,
    held_out=8, save_every=1, threads=1,
)  # fmt: skip
EMBEDDER = EmbedderSettings(
    triples=8, steps=2, batch=4, width=32, held_out=4, save_every=1, threads=1
)


def weights_hash(folder):
    return sha256_of_folder(folder, suffixes=(".safetensors",))


@pytest.fixture(scope="module")
def painter(tmp_path_factory):
    place = tmp_path_factory.mktemp("painter")
    measured = make_painter(
        PAINTER, run_folder=place / "run", weights=place / "weights", show_progress=False
    )
    return place, measured


def test_painter_recipe_writes_a_folder_that_plain_diffusers_loads(painter):
    place, measured = painter

    pipeline = StableDiffusionXLPipeline.from_pretrained(
        place / "weights", dtype=torch.float32, local_files_only=True, add_watermarker=False
    )

    assert type(pipeline).__name__ == "StableDiffusionXLPipeline"
    assert pipeline.vae.config.latents_mean is not None
    assert measured["megabytes"] < 5
    assert read_json(place / "run" / "run.json")["measured"] == measured
    assert weights_hash(place / "weights") in (place / "weights" / "README.md").read_text()


def test_painter_recipe_resumes_to_the_same_weights(painter, tmp_path):
    place, _ = painter
    half = PAINTER.model_copy(update={"unet_steps": 1})
    run = tmp_path / "run"
    make_painter(half, run_folder=run, weights=tmp_path / "half", show_progress=False)
    make_painter(
        PAINTER, run_folder=run, weights=tmp_path / "whole", resume=True, show_progress=False
    )

    assert weights_hash(tmp_path / "half") != weights_hash(place / "weights")
    assert weights_hash(tmp_path / "whole") == weights_hash(place / "weights")


def test_painter_recipe_refuses_to_overwrite(painter, tmp_path):
    place, _ = painter

    with pytest.raises(BadInput, match="exists already"):
        make_painter(PAINTER, run_folder=tmp_path / "run", weights=place / "weights")
    with pytest.raises(BadInput, match="exists already"):
        make_painter(PAINTER, run_folder=place / "run", weights=tmp_path / "weights")


def test_painter_paints_every_prompt_from_its_own_seed(painter):
    pipeline = load_pipeline(painter[0] / "weights")

    both = paint_prompts(pipeline, ["ocean waves", ""], seed=3)
    one = paint_prompts(pipeline, ["ocean waves"], seed=3)

    assert (both.shape, both.dtype) == ((2, 64, 64, 3), np.uint8)
    assert np.abs(both[0].astype(int) - one[0]).max() <= 2


def test_embedder_recipe_runs_and_resumes_to_the_same_weights(tmp_path):
    half = EMBEDDER.model_copy(update={"steps": 1})
    for settings, name, resume in (
        (EMBEDDER, "direct", False), (half, "half", False), (EMBEDDER, "resumed", True),
    ):  # fmt: skip
        make_embedder(
            settings,
            run_folder=tmp_path / ("run-direct" if name == "direct" else "run"),
            weights=tmp_path / name,
            resume=resume,
            show_progress=False,
        )

    assert weights_hash(tmp_path / "resumed") == weights_hash(tmp_path / "direct")
    assert weights_hash(tmp_path / "half") != weights_hash(tmp_path / "direct")
    features = load_embedder(tmp_path / "direct").embed_texts(["a calm folk song", ""])
    assert features.shape == (2, 32)
    assert np.linalg.norm(features, axis=1) == pytest.approx(1.0, abs=1e-5)
