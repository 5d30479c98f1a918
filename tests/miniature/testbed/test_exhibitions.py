from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from cluster_sampling.embedder import load_embedder
from miniature import gold
from miniature.testbed.clips import evaluation_clips
from miniature.testbed.exhibitions import (
    Exhibition,
    Hall,
    adherence_of,
    best_singles,
    diversity_of,
    exhibit,
    read_exhibition,
)
from miniature.testbed.painting import Atelier
from miniature.testbed.settings import LoopSettings
from rlhf.reward_model import ClipFeatures
from workbench.axes import AXES
from workbench.profiles import Profile
from workbench.run_folder import started_run


@pytest.fixture(scope="module")
def hall(tmp_path_factory, profile) -> Hall:
    clips = evaluation_clips(0, 3)
    embedder = load_embedder(profile.embedder)
    text = torch.from_numpy(embedder.embed_texts([clip.caption for clip in clips]))
    known = torch.ones(3, dtype=torch.bool)
    heard = ClipFeatures(text, text, known, known)
    return Hall(clips, heard, 2, embedder.dimension, seed=0)


@pytest.fixture(scope="module")
def atelier(tmp_path_factory, profile: Profile) -> Iterator[Atelier]:
    folder = tmp_path_factory.mktemp("hall") / "run"
    with started_run(
        folder, kind="testbed", settings=LoopSettings(), seed=0, show_progress=False
    ) as run:
        yield Atelier(run, profile, batch=4)


@pytest.fixture(scope="module")
def base(hall: Hall, atelier: Atelier, tmp_path_factory) -> Exhibition:
    path: Path = tmp_path_factory.mktemp("shown") / "base.npz"
    exhibit(path, atelier, hall=hall, adapter=None)
    return read_exhibition(path)


def test_exhibition_holds_every_picture_of_every_clip(hall, base):
    assert hall.owners.tolist() == [0, 0, 1, 1, 2, 2]
    assert base.pictures.shape == (6, 32, 32, 3)
    embeddings = base.levels[:, -hall.dimension :]
    assert np.linalg.norm(embeddings, axis=1) == pytest.approx(np.ones(6), abs=1e-3)


def test_gold_is_of_each_picture_for_its_own_clip(hall, base):
    truth = gold.truth_of(hall.clips[2].point)

    for row, axis in enumerate(AXES):
        expected = gold.utility(axis, base.pictures[5], truth)
        assert base.gold[5, row] == pytest.approx(expected, rel=1e-3)


def test_small_hall_shows_the_first_picture_of_the_first_clips(hall, base, atelier, tmp_path):
    exhibit(tmp_path / "small.npz", atelier, hall=hall.small(2), adapter=None)

    painted, cut = read_exhibition(tmp_path / "small.npz"), base.small(hall, 2)

    assert cut.pictures.tolist() == base.pictures[[0, 2]].tolist()
    # Whatever batch a picture is painted in, its noise is the same.
    assert np.abs(painted.pictures.astype(int) - cut.pictures).max() <= 1
    assert painted.gold == pytest.approx(cut.gold, abs=0.05)


def test_small_hall_is_never_larger(hall):
    assert len(hall.small(99).clips) == 3


def test_constant_pictures_win_nothing_and_a_painted_one_is_tried(hall, base):
    singles = best_singles(hall, base)

    assert np.abs(singles.constant).max() < 0.01
    truths = hall.truths()
    means = [
        gold.utilities(np.repeat(base.pictures[[row]], 3, axis=0), truths).mean(axis=0)
        for row in range(6)
    ]
    assert singles.picture == pytest.approx(np.max(means, axis=0))


def test_likeness_of_equal_pictures(hall, base):
    same = Exhibition(
        np.repeat(base.pictures[:1], 6, axis=0), base.gold, np.repeat(base.levels[:1], 6, axis=0)
    )

    found = diversity_of(hall, same)

    assert (found.across, found.within) == pytest.approx((0.0, 0.0), abs=1e-3)
    assert 0 <= adherence_of(hall, same).scene <= 1
