from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.votes import a_vote
from workbench.axes import AXES, Axis
from workbench.errors import BadInput
from workbench.files import write_json
from workbench.snapshots import (
    SPLIT_SHARES,
    SPLITS,
    Choice,
    Pair,
    Vote,
    aggregate,
    assign_splits,
    hashes_below,
    open_snapshot,
)


def vote(choice: Choice, *, axis: Axis = "emo", weight: float = 1.0, comparison: str = "k") -> Vote:
    return a_vote(choice=choice, axis=axis, annotator_weight=weight, comparison_id=comparison)


def test_aggregate_makes_soft_labels_by_hand() -> None:
    # Weights 1 for "0", 1 for a tie, 2 for "1": (1 + 0.5) / 4 = 0.375.
    votes = [vote("0"), vote("tie"), vote("1", weight=2.0), vote("cannot_tell")]
    pairs = aggregate(votes, {"clip": "calm"})
    assert pairs["emo"] == [Pair("k", "orig/pos", "clip", "calm", "a", "b", 0.375, 0.625, 3, 4.0)]
    assert pairs["con"] == pairs["cre"] == []


def test_aggregate_without_anybody_who_counts_gives_no_pair() -> None:
    pairs = aggregate([vote("cannot_tell"), vote("0", weight=0.0)], {"clip": ""})
    assert pairs == {axis: [] for axis in AXES}


def test_axes_are_never_mixed() -> None:
    pairs = aggregate([vote("0"), vote("1", axis="cre")], {"clip": ""})
    assert [len(pairs[axis]) for axis in AXES] == [1, 0, 1]
    assert (pairs["emo"][0].label_0, pairs["cre"][0].label_0) == (1.0, 0.0)


@given(st.sets(st.text(min_size=1, max_size=5), min_size=3, max_size=40), st.integers(0, 9))
def test_splits_are_close_to_their_shares_and_never_empty(clips: set[str], seed: int) -> None:
    counts = Counter(assign_splits(clips, seed=seed).values())
    for split in SPLITS:
        assert counts[split] >= 1
        assert abs(counts[split] - SPLIT_SHARES[split] * len(clips)) <= 2


@given(st.sets(st.integers(0, 99), min_size=2, max_size=30), st.sets(st.integers(100, 199)))
def test_splits_of_the_parent_never_move(old: set[int], new: set[int]) -> None:
    before = assign_splits([str(n) for n in old], seed=1)
    after = assign_splits([str(n) for n in old | new], seed=2, kept=before)
    assert {clip: after[clip] for clip in before} == before


def snapshot_in(folder: Path) -> Path:
    (folder / "pairs").mkdir(parents=True)
    (folder / "pairs" / "a.parquet").write_bytes(b"rows")
    write_json(folder / "manifest.json", {"files": hashes_below(folder)})
    return folder


def test_snapshot_opens_and_its_hash_follows_its_files(tmp_path: Path) -> None:
    first = open_snapshot(snapshot_in(tmp_path / "a"))
    second = open_snapshot(snapshot_in(tmp_path / "b"))
    assert first.sha256 == second.sha256
    assert list(first.manifest["files"]) == ["pairs/a.parquet"]


def test_changed_file_is_named(tmp_path: Path) -> None:
    folder = snapshot_in(tmp_path / "s")
    (folder / "pairs" / "a.parquet").write_bytes(b"rowz")
    with pytest.raises(BadInput, match=r"pairs/a\.parquet differs from its hash"):
        open_snapshot(folder)
    (folder / "pairs" / "a.parquet").unlink()
    with pytest.raises(BadInput, match=r"lacks pairs/a\.parquet"):
        open_snapshot(folder)


def test_manifest_cannot_point_outside(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "s").mkdir()
    write_json(tmp_path / "s" / "manifest.json", {"files": {"../secret": "0" * 64}})
    with pytest.raises(BadInput, match="outside of the snapshot"):
        open_snapshot(tmp_path / "s")


def test_other_folders_are_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no manifest\.json"):
        open_snapshot(tmp_path)
    write_json(tmp_path / "manifest.json", ["files"])
    with pytest.raises(BadInput, match="lists no files"):
        open_snapshot(tmp_path)
