from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories.votes import a_vote
from workbench.axes import AXES
from workbench.errors import BadInput
from workbench.files import sha256_of_file
from workbench.snapshot_writing import Tables, link_medium, pairs_by_split, seal, write_tables
from workbench.snapshots import SPLITS, Choice, Vote, open_snapshot


def vote(clip: str, choice: Choice, annotator: str = "a") -> Vote:
    return a_vote(
        clip_id=clip,
        comparison_id=f"of {clip}",
        choice=choice,
        annotator=annotator,
        axis="con",
    )


def test_pairs_lie_in_the_split_of_their_clip():
    votes = [vote("x", "0"), vote("x", "1", "b"), vote("y", "1"), vote("z", "cannot_tell")]

    pairs = pairs_by_split(
        votes, {"x": "X", "y": "Y", "z": "Z"}, {"x": "train", "y": "test", "z": "test"}
    )

    assert {axis: set(rows) for axis, rows in pairs.items()} == {axis: set(SPLITS) for axis in AXES}
    found = {split: [(p.clip_id, p.prompt, p.label_0) for p in pairs["con"][split]]
             for split in SPLITS}  # fmt: skip
    assert found == {"train": [("x", "X", 0.5)], "validation": [], "test": [("y", "Y", 0.0)]}
    assert not any(pairs["emo"].values())


def test_written_snapshot_opens_and_notices_changes(tmp_path: Path):
    pairs = pairs_by_split([vote("x", "0")], {"x": "X"}, {"x": "train"})
    write_tables(tmp_path / "s", Tables([vote("x", "0")], pairs, [], []))
    seal(tmp_path / "s", {"name": "mine", "version": "1"})

    snapshot = open_snapshot(tmp_path / "s")

    assert snapshot.manifest["name"] == "mine"
    assert snapshot.pairs("con", "train")["label_0"].to_pylist() == [1.0]
    assert snapshot.pairs("con", "test").num_rows == 0
    (tmp_path / "s" / "clips.parquet").write_bytes(b"other")
    with pytest.raises(BadInput, match=r"clips\.parquet differs from its hash"):
        open_snapshot(tmp_path / "s")


def test_medium_is_stored_once_under_its_hash(tmp_path: Path):
    source = tmp_path / "Song.WAV"
    source.write_bytes(b"sound")
    sha256 = sha256_of_file(source)

    places = {link_medium(tmp_path / "s", "audio", source, sha256) for _ in range(2)}

    assert places == {f"media/audio/{sha256}.wav"}
    assert (tmp_path / "s" / places.pop()).read_bytes() == b"sound"
