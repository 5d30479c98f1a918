from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from miniature.annotators import cohort
from miniature.testbed.clips import learning_clips, write_clips
from miniature.testbed.comparisons import Comparison
from miniature.testbed.preference_folders import Collection, pooled, write_preferences
from miniature.testbed.settings import LoopSettings
from miniature.testbed.votes import Truth, cast_votes
from rlhf.preferences import read_preferences
from workbench.axes import AXES
from workbench.files import sha256_of_file
from workbench.manifests import ImageEntry
from workbench.run_folder import started_run
from workbench.snapshots import SPLITS, open_snapshot


@pytest.fixture(scope="module")
def collection(tmp_path_factory) -> Collection:
    folder = tmp_path_factory.mktemp("collection")
    clips = learning_clips(0, 7)
    with started_run(
        folder / "run", kind="testbed", settings=LoopSettings(), seed=0, show_progress=False
    ) as run:
        write_clips(run, clips, folder / "clips")
    images = [_image(folder, clip.clip_id, turn) for clip in clips for turn in range(2)]
    comparisons = [
        Comparison(f"c{row}", "random", clip.clip_id, f"{clip.clip_id}-0", f"{clip.clip_id}-1")
        for row, clip in enumerate(clips)
    ]
    rng = np.random.default_rng(0)
    truth = Truth(
        {
            (one.clip_id, image): rng.normal(size=3)
            for one in comparisons
            for image in (one.image_0, one.image_1)
        }
    )
    votes = cast_votes(comparisons, truth, cohort(5, 0), votes_per_comparison=3, seed=0)
    return Collection(folder / "clips", clips, images, votes, seed=3)


def _image(folder: Path, clip_id: str, turn: int) -> ImageEntry:
    path = folder / f"{clip_id}-{turn}.png"
    Image.new("RGB", (8, 8), (len(clip_id) * turn, turn, ord(clip_id[-1]))).save(path)
    return ImageEntry(
        image_id=f"{clip_id}-{turn}", clip_id=clip_id, image=path, prompt=f"{clip_id} {turn}"
    )


def test_snapshot_is_one_that_the_learner_reads(collection, tmp_path):
    write_preferences(collection, tmp_path / "s", name="mine")

    snapshot = open_snapshot(tmp_path / "s")

    assert snapshot.manifest["name"] == "mine"
    assert snapshot.manifest["counts"]["judgements"] == len(collection.votes)
    assert snapshot.judgements().num_rows == len(collection.votes)
    for axis in AXES:
        preferences = read_preferences(snapshot, axis)
        pairs = [pair for split in SPLITS for pair in preferences.pairs[split]]
        assert {pair.clip_id for pair in pairs} <= {clip.clip_id for clip in collection.clips}
        assert {clip.split for clip in preferences.clips.values()} == set(SPLITS)
    for clip in collection.clips:
        heard = preferences.clips[clip.clip_id]
        assert heard.text == clip.caption
        assert sha256_of_file(heard.audio) == sha256_of_file(collection.folder / clip.recording)


def test_pooled_votes_are_of_one_axis_and_all_there(collection, tmp_path):
    votes = pooled(collection.votes, "emo")
    write_preferences(collection._replace(votes=votes), tmp_path / "s", name="pooled")

    snapshot = open_snapshot(tmp_path / "s")

    assert {vote.axis for vote in votes} == {"emo"}
    assert [vote._replace(axis="x") for vote in votes] == [
        vote._replace(axis="x") for vote in collection.votes
    ]
    rows = [row for split in SPLITS for row in snapshot.pairs("emo", split).to_pylist()]
    assert max(row["n_votes"] for row in rows) > 3
    assert sum(snapshot.pairs("con", split).num_rows for split in SPLITS) == 0


def test_splits_do_not_depend_on_what_was_voted(collection):
    assert collection.splits() == collection._replace(votes=[], images=[]).splits()
