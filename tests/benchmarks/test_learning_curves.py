from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.learning_curves import (
    Plan,
    _taught,
    _with_careless,
    draw_curves,
    learning_curves,
)
from rlhf.preferences import read_preferences
from rlhf.reward_settings import RewardSettings
from tests.factories.profiles import tiny_profile
from tests.factories.snapshots import tiny_snapshot
from workbench.errors import BadInput
from workbench.profiles import Profile
from workbench.snapshots import Vote, open_snapshot

_SETTINGS = RewardSettings(
    axis="emo", epochs=2, hidden=8, heads=2, judges=1, resamples=10, evaluations=1, device="cpu"
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_snapshot(tmp_path_factory.mktemp("snapshots") / "tiny", noise=0.0)


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return tiny_profile(tmp_path_factory.mktemp("models"), steps=3)


@pytest.fixture
def preferences(snapshot):
    return read_preferences(open_snapshot(snapshot), "emo")


@pytest.fixture
def votes(preferences):
    return [Vote(**row) for row in preferences.snapshot.judgements().to_pylist()]


def test_curves_have_a_point_for_each_combination(snapshot, profile, tmp_path):
    plan = Plan([10, 20], [0.0, 0.3], ["on", "off"])
    points = learning_curves(snapshot, plan, _SETTINGS, profile)
    assert [(p.careless, p.comparisons, p.weighting) for p in points] == [
        (share, size, weighting)
        for share in (0.0, 0.3)
        for size in (10, 20)
        for weighting in ("on", "off")
    ]
    assert all(0 <= p.low <= p.accuracy <= p.high <= 1 for p in points)
    draw_curves(tmp_path / "curves.png", points)
    assert (tmp_path / "curves.png").stat().st_size > 10_000


def test_careless_answers_never_reach_the_test_clips(preferences, votes):
    test = {pair.clip_id for pair in preferences.pairs["test"]}
    changed = [
        (before.annotator, before.clip_id)
        for before, after in zip(votes, _with_careless(votes, 0.3, preferences, 0), strict=True)
        if before.choice != after.choice
    ]
    assert len({annotator for annotator, _ in changed}) == 1
    assert test & {clip for _, clip in changed} == set()


def test_nobody_careless_leaves_the_pairs_as_they_are(preferences, votes):
    everything = {pair.comparison_id for pair in preferences.pairs["train"]}
    taught = _taught(preferences, _with_careless(votes, 0.0, preferences, 0), everything, "off")
    assert {pair[:5] for pair in taught.pairs["train"]} == {
        pair[:5] for pair in preferences.pairs["train"]
    }


def test_weighting_listens_less_to_the_careless(preferences, votes):
    cast = _with_careless(votes, 0.3, preferences, 0)
    everything = {pair.comparison_id for pair in preferences.pairs["train"]}
    truth = {pair.comparison_id: pair for pair in preferences.pairs["train"]}
    wrong = {}
    for weighting in ("on", "off"):
        pairs = _taught(preferences, cast, everything, weighting).pairs["train"]
        wrong[weighting] = sum(
            abs((pair.label if pair.chosen == truth[pair.comparison_id].chosen else 1 - pair.label)
                - truth[pair.comparison_id].label)
            for pair in pairs
        )  # fmt: skip
    assert wrong["on"] < wrong["off"]


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        (Plan([31], [0.0], ["on"]), "size 31 will not do: the train split has 30 comparisons"),
        (Plan([10], [1.3], ["on"]), r"a careless share lies in \[0, 1\], not 1.3"),
    ],
)
def test_curves_refuse_what_the_snapshot_cannot_give(snapshot, profile, plan, reason):
    with pytest.raises(BadInput, match=reason):
        learning_curves(snapshot, plan, _SETTINGS, profile)
