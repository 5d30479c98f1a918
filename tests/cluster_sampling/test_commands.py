import json
import shutil
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import cluster_sampling
from cluster_sampling.features import (
    Features,
    load_features,
    load_features_folder,
    save_features,
)
from musepainter import command_line
from tests.cluster_sampling.media import write_world
from tests.factories.embedders import tiny_embedder
from workbench.manifests import ClipEntry, ImageEntry, read_manifest, write_manifest


def run(*arguments):
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(command_line(words), words)


@pytest.fixture(scope="module")
def embedder(tmp_path_factory):
    return tiny_embedder(tmp_path_factory.mktemp("models") / "embedder")


@pytest.fixture
def world(tmp_path):
    (tmp_path / "world").mkdir()
    return write_world(tmp_path / "world")


@pytest.fixture(scope="module")
def features(tmp_path_factory, embedder):
    folder = tmp_path_factory.mktemp("sampling")
    clips, images = write_world(folder, clips=8)
    out = folder / "features"
    assert embed(clips, images, out, embedder).exit_code == 0
    return out


def embed(clips, images, out, embedder, *more):
    return run(
        "embed", "--clips", clips, "--images", images, "-o", out, "--embedder", embedder, *more
    )


def test_embed_writes_the_features_folder(tmp_path, world, embedder):
    clips, images = world
    out = tmp_path / "features"

    result = embed(clips, images, out, embedder, "--json", "--batch-size", 4)

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "clips": 6,
        "captions": 5,
        "images": 12,
        "dimension": 32,
        "unreadable_clips": 0,
        "unreadable_images": 0,
        "images_of_unreadable_clips": 0,
    }
    assert load_features(out, "audio").ids == tuple(f"c{i}" for i in range(6))
    assert load_features(out, "text").ids == tuple(f"c{i}" for i in range(1, 6))
    entries = read_manifest(out / "images.jsonl", ImageEntry)
    assert load_features(out, "image").ids == tuple(entry.image_id for entry in entries)
    assert all(entry.image.is_absolute() and entry.image.is_file() for entry in entries)
    run_facts = json.loads((out / "run.json").read_text())
    assert run_facts["status"] == "succeeded"
    assert run_facts["settings"] == {
        "profile": "mini",
        "embedder": str(embedder),
        "device": "cpu",
        "batch_size": 4,
        "skip_unreadable": False,
    }
    assert sorted(run_facts["inputs"]) == ["clips", "embedder", "images"]


def spoil(world):
    """Clip 1 becomes text; picture 3-0 is cut off."""
    folder = world[0].parent
    (folder / "1.wav").write_text("no music")
    picture = folder / "3-0.png"
    picture.write_bytes(picture.read_bytes()[:100])


def test_embed_stops_at_an_unreadable_file_and_names_it(tmp_path, world, embedder):
    spoil(world)

    result = embed(*world, tmp_path / "features", embedder)

    assert result.exit_code == 2
    assert "1.wav cannot be read as audio" in result.stderr
    assert json.loads((tmp_path / "features" / "run.json").read_text())["status"] == "failed"
    assert not (tmp_path / "features" / "audio.npz").exists()


def test_embed_leaves_out_unreadable_files_when_asked(tmp_path, world, embedder):
    spoil(world)
    out = tmp_path / "features"

    result = embed(*world, out, embedder, "--skip-unreadable", "--json")

    assert result.exit_code == 0, result.output
    counts = json.loads(result.stdout)
    assert (counts["clips"], counts["images"]) == (5, 9)
    assert counts["unreadable_clips"] == counts["unreadable_images"] == 1
    assert counts["images_of_unreadable_clips"] == 2
    unreadable = json.loads((out / "run.json").read_text())["unreadable"]
    assert "cannot be read as audio" in unreadable["clips"]["c1"]
    assert "cannot be read as a picture" in unreadable["images"]["i3-0"]
    folder = load_features_folder(out)
    assert {entry.clip_id for entry in folder.manifest.values()} == {"c0", "c2", "c3", "c4", "c5"}


def test_embed_refuses_when_nothing_can_be_read(tmp_path, world, embedder):
    for recording in world[0].parent.glob("*.wav"):
        recording.write_text("no music")

    result = embed(*world, tmp_path / "features", embedder, "--skip-unreadable")

    assert result.exit_code == 2
    assert "no audio file can be read; first: " in result.stderr


def test_embed_refuses_pictures_of_unlisted_clips(tmp_path, world, embedder):
    clips, images = world
    write_manifest(clips, read_manifest(clips, ClipEntry)[:-1])

    result = embed(clips, images, tmp_path / "features", embedder)

    assert result.exit_code == 2
    assert "image 'i5-0' is of clip 'c5', which" in result.stderr
    assert not (tmp_path / "features").exists()


@pytest.mark.parametrize("spoilt", [0, 1])
def test_embed_refuses_an_empty_manifest(tmp_path, world, embedder, spoilt):
    world[spoilt].write_text("\n")

    result = embed(*world, tmp_path / "features", embedder)

    assert result.exit_code == 2
    assert "lists nothing" in result.stderr


def test_embed_refuses_an_unknown_profile_device_and_embedder(tmp_path, world, embedder):
    for option, value, message in (
        ("--profile", "maxi", "profile 'maxi' is unknown"),
        ("--device", "tpu", "device = 'tpu' will not do"),
        ("--embedder", tmp_path / "none", "is no folder"),
    ):
        result = embed(*world, tmp_path / "features", embedder, option, value)
        assert result.exit_code == 2
        assert message in result.stderr


def test_embed_never_overwrites(tmp_path, world, embedder):
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "note.txt").write_text("mine")

    result = embed(*world, tmp_path / "features", embedder)

    assert result.exit_code == 2
    assert "exists already" in result.stderr


def test_sample_writes_clusters_and_triplets(tmp_path, features):
    out = tmp_path / "run"

    result = run("sample", features, "-k", 2, "-o", out, "--seed", 1, "--per-clip", 2, "--json")

    assert result.exit_code == 0, result.output
    counts = json.loads(result.stdout)
    triplets = pq.read_table(out / "triplets.parquet")
    assert triplets.column_names == [
        *("clip_id", "original_id", "positive_id", "negative_id"),
        *("clip_cluster", "negative_cluster"),
        *("similarity_original", "similarity_positive", "similarity_negative"),
    ]
    assert counts["triplets"] == triplets.num_rows > 0
    clusters = pq.read_table(out / "clusters.parquet")
    assert clusters["clip_id"].to_pylist() == [f"c{i}" for i in range(8)]
    assert set(clusters["cluster"].to_pylist()) == {0, 1}
    centroids = np.load(out / "centroids.npy")
    assert (centroids.shape, centroids.dtype) == ((2, 32), np.float32)
    audio = load_features(features, "audio").rows
    own = np.einsum("nd,nd->n", audio, centroids[clusters["cluster"].to_numpy()])
    np.testing.assert_allclose(clusters["similarity"].to_numpy(), own, atol=1e-5)
    facts = json.loads((out / "run.json").read_text())
    assert (facts["status"], facts["seed"], facts["counts"]) == ("succeeded", 1, counts)
    assert sorted(facts["inputs"]) == ["audio.npz", "image.npz", "images.jsonl"]


def test_sample_repeats_itself(tmp_path, features):
    for name in ("one", "two"):
        assert run("sample", features, "-k", 3, "-o", tmp_path / name).exit_code == 0

    for name in ("clusters.parquet", "triplets.parquet", "centroids.npy"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_sample_does_not_depend_on_the_order_of_the_features(tmp_path, features):
    reversed_features = tmp_path / "reversed"
    reversed_features.mkdir()
    for modality in ("audio", "image"):
        loaded = load_features(features, modality)
        turned = Features(loaded.ids[::-1], loaded.rows[::-1].copy())
        save_features(reversed_features, modality, turned)
    shutil.copy(features / "images.jsonl", reversed_features)

    for folder, name in ((features, "one"), (reversed_features, "two")):
        assert run("sample", folder, "-k", 3, "-o", tmp_path / name).exit_code == 0

    one, two = (pq.read_table(tmp_path / name / "triplets.parquet") for name in ("one", "two"))
    assert one.select(range(6)) == two.select(range(6))


def test_sample_reads_settings_from_a_file(tmp_path, features):
    (tmp_path / "settings.json").write_text('{"k": 2, "seed": 5}')

    result = run("sample", features, "-o", tmp_path / "run", "--config", tmp_path / "settings.json")

    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "run" / "run.json").read_text())["seed"] == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-k", 1), "k = 1 will not do"),
        ((), "k is required"),
        (("-k", 9), "k = 9 exceeds the 8 clips"),
        (("-k", 2, "--per-clip", 0), "per_clip = 0 will not do"),
        (("-k", 2, "--seed", -1), "seed = -1 will not do"),
    ],
)
def test_sample_refuses_bad_settings(tmp_path, features, options, message):
    result = run("sample", features, "-o", tmp_path / "run", *options)

    assert result.exit_code == 2
    assert message in result.stderr


def test_sample_refuses_a_folder_without_features(tmp_path):
    result = run("sample", tmp_path, "-k", 2, "-o", tmp_path / "run")

    assert result.exit_code == 2
    assert "audio.npz does not exist; run `musepainter embed` first" in result.stderr
    assert not (tmp_path / "run").exists()


def test_sample_fails_when_no_clip_gives_a_triplet(tmp_path, features):
    result = run("sample", features, "-k", 8, "-o", tmp_path / "run")

    assert result.exit_code == 1
    assert "no clip gave a triplet" in result.stderr
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert facts["status"] == "failed"
    assert facts["counts"]["skipped_clips"] == {"cluster without a picture of another clip": 8}
    assert not (tmp_path / "run" / "triplets.parquet").exists()


def test_sampling_and_settings_load_no_model_library():
    script = (
        "import sys, cluster_sampling, cluster_sampling.settings, cluster_sampling.commands\n"
        "import cluster_sampling.sampling_run\n"
        "sys.exit(bool({'torch', 'transformers', 'django'} & sys.modules.keys()))"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_package_names_are_what_they_promise():
    names = [getattr(cluster_sampling, name).__name__ for name in cluster_sampling.__all__]

    assert names == cluster_sampling.__all__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = cluster_sampling.nothing
