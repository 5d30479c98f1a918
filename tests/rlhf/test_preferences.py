from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from rlhf.preferences import preferences_from_rows, read_preferences
from tests.factories.snapshots import seal, tiny_snapshot
from workbench.errors import BadInput
from workbench.snapshots import CLIP_SCHEMA, IMAGE_SCHEMA, open_snapshot, write_table


def _row(**changes: Any) -> dict[str, Any]:
    row = {
        "comparison_id": "x",
        "clip_id": "c",
        "image_0": "p",
        "image_1": "q",
        "label_0": 1.0,
        "label_1": 0.0,
        "n_votes": 3,
        "weight": 3.0,
    }
    return row | changes


def test_preferences_never_share_a_clip_between_splits(preferences):
    clips = [{pair.clip_id for pair in pairs} for pairs in preferences.pairs.values()]
    assert [len(names) for names in clips] == [5, 2, 2]
    assert len(set.union(*clips)) == 9


def test_preferences_put_the_winner_first():
    pairs = preferences_from_rows([_row(label_0=0.25, label_1=0.75)])
    assert (pairs[0].chosen, pairs[0].rejected, pairs[0].label) == ("q", "p", 0.75)


def test_preferences_weigh_every_clip_alike():
    rows = [_row(), _row(), _row(clip_id="d", weight=3.0), _row(clip_id="d", weight=1.0)]
    weights = [pair.weight for pair in preferences_from_rows([*rows, _row(clip_id="e")])]
    # Shares 1.5, 1.5, 1.5, 0.5, 3 with mean 1.6.
    assert weights == pytest.approx([0.9375, 0.9375, 0.9375, 0.3125, 1.875])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"image_1": "p"}, "shows the picture 'p' twice"),
        ({"label_1": 0.5}, "labels add to 1"),
        ({"weight": 0.0}, "weights are above 0"),
        ({"label_0": float("nan")}, "labels add to 1"),
    ],
)
def test_preferences_refuse_a_pair_without_a_preference(changes, reason):
    with pytest.raises(BadInput, match=reason):
        preferences_from_rows([_row(**changes), _row()])


def test_read_refuses_an_axis_without_judgements(tmp_path):
    folder = tiny_snapshot(tmp_path / "s", n_clips=3, axes=("con",))
    with pytest.raises(BadInput, match=r"holds no judgement of emo \(emotional consistency\)"):
        read_preferences(open_snapshot(folder), "emo")


def test_read_refuses_a_single_clip(tmp_path):
    folder = tiny_snapshot(tmp_path / "s", n_clips=1)
    with pytest.raises(BadInput, match="about the clip 'clip0'; at least 2"):
        read_preferences(open_snapshot(folder), "emo")


def test_read_names_pictures_that_no_table_knows(copied_snapshot):
    _rewrite(copied_snapshot, "images", IMAGE_SCHEMA, lambda row: row["image_id"] != "clip0-1")
    with pytest.raises(BadInput, match="lacks 1 pictures that are needed: clip0-1;"):
        read_preferences(open_snapshot(copied_snapshot), "emo")


def test_read_names_pictures_without_a_file(copied_snapshot):
    (copied_snapshot / "media/images/clip0-1.png").unlink()
    seal(copied_snapshot)
    with pytest.raises(BadInput, match="lacks 1 pictures that are needed: clip0-1;"):
        read_preferences(open_snapshot(copied_snapshot), "emo")


def test_read_names_recordings_without_a_file(copied_snapshot):
    (copied_snapshot / "media/audio/clip3.wav").unlink()
    seal(copied_snapshot)
    with pytest.raises(BadInput, match="lacks 1 recordings of the clips that are needed: clip3;"):
        read_preferences(open_snapshot(copied_snapshot), "emo")


def test_read_names_clips_that_no_table_knows(copied_snapshot):
    _rewrite(copied_snapshot, "clips", CLIP_SCHEMA, lambda row: row["clip_id"] != "clip2")
    with pytest.raises(BadInput, match="lacks 1 clips that are needed: clip2;"):
        read_preferences(open_snapshot(copied_snapshot), "emo")


def _rewrite(folder: Path, table: str, schema: Any, keeps: Any) -> None:
    path = folder / f"{table}.parquet"
    write_table(path, [row for row in pq.read_table(path).to_pylist() if keeps(row)], schema)
    seal(folder)
