import re

import numpy as np
import pytest

from cluster_sampling.features import (
    Features,
    load_features,
    load_features_folder,
    save_features,
)
from workbench.errors import BadInput
from workbench.manifests import ImageEntry, write_manifest

ROWS = np.array([[1, 0], [0.6, 0.8], [0, -1]], dtype=np.float32)
IDS = ("a", "b", "c")


def test_features_come_back_as_saved(tmp_path):
    ids = ("a b", "ünï\u2028cøde", "../c,\"'")

    save_features(tmp_path, "audio", Features(ids, ROWS))

    loaded = load_features(tmp_path, "audio")
    assert loaded.ids == ids
    np.testing.assert_array_equal(loaded.rows, ROWS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audio.ids.txt", "audio.npz"]


def test_no_features_are_features(tmp_path):
    save_features(tmp_path, "text", Features((), np.empty((0, 4), dtype=np.float32)))

    assert load_features(tmp_path, "text").rows.shape == (0, 4)


def test_by_id_sorts_rows_with_their_ids():
    features = Features(("c", "a", "b"), ROWS).by_id()

    assert features.ids == ("a", "b", "c")
    np.testing.assert_array_equal(features.rows, ROWS[[1, 2, 0]])


def with_value(value):
    rows = ROWS.copy()
    rows[1, 0] = value
    return rows


@pytest.mark.parametrize(
    ("ids", "rows", "message"),
    [
        (IDS, ROWS.astype(np.float64), "must be float32 of the shape (n, d), not float64 (3, 2)"),
        (IDS, ROWS[0], "must be float32 of the shape (n, d), not float32 (2,)"),
        (("a", "b"), ROWS, "2 ids for 3 rows"),
        (("a", "b", "a"), ROWS, "the id 'a' comes twice"),
        (IDS, with_value(np.nan), "the row of 'b' has the length nan"),
        (IDS, with_value(np.inf), "the row of 'b' has the length inf"),
        (IDS, with_value(0.61), "the row of 'b' has the length 1.006"),
        (IDS, ROWS * 0, "the row of 'a' has the length 0"),
    ],
)
def test_what_is_no_features_is_refused(ids, rows, message):
    with pytest.raises(BadInput, match=re.escape(message)):
        Features(ids, rows)


def test_rows_within_a_thousandth_of_unit_length_are_taken():
    assert len(Features(IDS, ROWS * np.float32(1.0009))) == 3


@pytest.mark.parametrize("bad", ["", "a\nb", "a\r"])
def test_ids_that_need_more_than_a_line_are_refused(tmp_path, bad):
    with pytest.raises(BadInput, match="does not fit on a line"):
        save_features(tmp_path, "audio", Features((bad, "b", "c"), ROWS))


def spoilt(tmp_path, name, content):
    save_features(tmp_path, "audio", Features(IDS, ROWS))
    (tmp_path / name).write_bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("audio.npz", b"", "cannot be read"),
        ("audio.npz", b"PK\x03\x04 broken", "cannot be read"),
        ("audio.ids.txt", b"a\nb\n", "2 ids for 3 rows"),
        ("audio.ids.txt", b"a\nb\nc", "2 ids for 3 rows"),
        ("audio.ids.txt", b"\xff\nb\nc\n", "cannot be read"),
    ],
)
def test_broken_files_are_refused(tmp_path, name, content, message):
    spoilt(tmp_path, name, content)

    with pytest.raises(BadInput, match=message):
        load_features(tmp_path, "audio")


def test_other_arrays_are_refused(tmp_path):
    save_features(tmp_path, "audio", Features(IDS, ROWS))
    for arrays in ({"rows": ROWS}, {"features": np.array([{}] * 3)}):
        np.savez(tmp_path / "audio.npz", **arrays)
        with pytest.raises(BadInput, match="cannot be read"):
            load_features(tmp_path, "audio")
    np.save(tmp_path / "audio.npy", ROWS)
    (tmp_path / "audio.npy").replace(tmp_path / "audio.npz")
    with pytest.raises(BadInput, match="cannot be read"):
        load_features(tmp_path, "audio")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"audio\.npz does not exist; run `musepainter embed` first"):
        load_features(tmp_path, "audio")


def test_pictures_need_a_row_and_a_line_each(tmp_path):
    save_features(tmp_path, "audio", Features(IDS, ROWS))
    save_features(tmp_path, "image", Features(("x", "y"), ROWS[:2]))
    entries = [ImageEntry(image_id=name, clip_id="a", image="p.png") for name in ("x", "z")]
    write_manifest(tmp_path / "images.jsonl", entries)

    with pytest.raises(BadInput, match=r"image 'y' is not in both"):
        load_features_folder(tmp_path)


def test_folder_opens_with_its_manifest(tmp_path):
    save_features(tmp_path, "audio", Features(IDS, ROWS))
    save_features(tmp_path, "image", Features(("x",), ROWS[:1]))
    entry = ImageEntry(image_id="x", clip_id="a", image=tmp_path / "p.png")
    write_manifest(tmp_path / "images.jsonl", [entry])

    folder = load_features_folder(tmp_path)

    assert folder.audio.ids == IDS
    assert folder.images.ids == ("x",)
    assert folder.manifest == {"x": entry}
