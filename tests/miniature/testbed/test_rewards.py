from __future__ import annotations

import numpy as np
import pytest
import torch

from miniature.testbed.rewards import HELD_OUT, Embeddings, reward_quality, rewards_of
from miniature.testbed.votes import Truth
from rlhf.reward_model import RewardModel, RewardModelConfig
from tests.factories.snapshots import tiny_snapshot
from workbench.errors import RunFailed
from workbench.snapshots import Snapshot, open_snapshot

WIDTH = 8


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory) -> Snapshot:
    return open_snapshot(tiny_snapshot(tmp_path_factory.mktemp("snapshot") / "tiny"))


@pytest.fixture(scope="module")
def embeddings(snapshot) -> Embeddings:
    rng = np.random.default_rng(0)

    def unit(ids: list[str]) -> dict[str, np.ndarray]:
        rows = rng.normal(size=(len(ids), WIDTH))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return dict(zip(ids, rows.astype(np.float32), strict=True))

    clips = snapshot.clips()["clip_id"].to_pylist()
    return Embeddings(unit(clips), unit(clips), unit(snapshot.images()["image_id"].to_pylist()))


@pytest.fixture(scope="module")
def model() -> RewardModel:
    torch.manual_seed(0)
    config = RewardModelConfig(
        axis="emo", embedding_width=WIDTH, level_width=WIDTH, hidden=4, reward_sd=2.0
    )
    return RewardModel(config).eval()


def held_out(snapshot: Snapshot) -> list[dict]:
    return [row for split in HELD_OUT for row in snapshot.pairs("emo", split).to_pylist()]


def truth_by(snapshot: Snapshot, worth) -> Truth:
    """Gold that is `worth` of (clip, picture) on every axis."""
    rows = held_out(snapshot)
    shown = {(row["clip_id"], row[name]) for row in rows for name in ("image_0", "image_1")}
    return Truth({pair: np.full(3, float(worth(*pair))) for pair in shown})


def quality(model, snapshot, embeddings, truth):
    return reward_quality(model, snapshot, "emo", embeddings, truth, resamples=50, seed=0)


def test_rewards_are_standardised_by_the_model(model, embeddings):
    clip, image = "clip0", "clip0-0"
    said = rewards_of(model, embeddings.clips([clip]), embeddings.images[image][None])

    raw = model(
        image=torch.from_numpy(embeddings.images[image][None]),
        **embeddings.clips([clip])._asdict(),
    ).logits
    assert said.tolist() == pytest.approx([raw.item() / 2.0])


def test_model_that_orders_truly_reaches_the_ceiling(model, snapshot, embeddings):
    def worth(clip: str, image: str) -> float:
        return rewards_of(model, embeddings.clips([clip]), embeddings.images[image][None])[0]

    found = quality(model, snapshot, embeddings, truth_by(snapshot, worth))

    assert found.true_order.value == 1.0
    assert found.accuracy == found.ceiling
    assert (found.ratio.value, found.ratio.error) == (1.0, 0.0)


def test_model_that_orders_falsely_is_below_it(model, snapshot, embeddings):
    def worth(clip: str, image: str) -> float:
        return -rewards_of(model, embeddings.clips([clip]), embeddings.images[image][None])[0]

    found = quality(model, snapshot, embeddings, truth_by(snapshot, worth))

    assert found.true_order.value == 0.0
    assert found.accuracy.value == pytest.approx(1 - found.ceiling.value)


def test_ceiling_is_the_share_of_decided_pairs_that_follow_gold(model, snapshot, embeddings):
    decided = [row for row in held_out(snapshot) if abs(row["label_0"] - 0.5) > 1e-6]
    # Whichever picture has the lower id is the better one.
    truth = truth_by(snapshot, lambda clip, image: -int(image[-1]))

    found = quality(model, snapshot, embeddings, truth)

    follows = [
        (row["image_0"] < row["image_1"]) == (row["label_0"] > row["label_1"]) for row in decided
    ]
    assert found.n == len(decided) > 0
    assert found.ceiling.value == pytest.approx(np.mean(follows))


def test_gold_that_no_vote_follows_leaves_no_ratio(model, embeddings, tmp_path):
    snapshot = open_snapshot(tiny_snapshot(tmp_path / "s", noise=0.0))
    voted = {}
    for row in held_out(snapshot):
        for image, label in ((row["image_0"], row["label_0"]), (row["image_1"], row["label_1"])):
            voted[row["clip_id"], image] = voted.get((row["clip_id"], image), 0.0) + label
    against = truth_by(snapshot, lambda clip, image: -voted[clip, image])

    found = quality(model, snapshot, embeddings, against)

    assert (found.ceiling.value, found.ratio) == (0.0, None)


def test_votes_that_decide_nothing_are_an_error(model, embeddings, tmp_path):
    only_con = open_snapshot(tiny_snapshot(tmp_path / "s", axes=("con",)))

    with pytest.raises(RunFailed, match="no held-out pair of emo was decided"):
        quality(model, only_con, embeddings, Truth({}))
