from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import BadInput
from workbench.manifests import ClipEntry, ImageEntry, read_manifest, write_manifest


def test_manifest_comes_back_with_paths_from_its_own_folder(tmp_path: Path) -> None:
    path = tmp_path / "clips.jsonl"
    write_manifest(
        path,
        [
            ClipEntry(clip_id="a", audio=Path("a.wav"), caption="Ü"),
            ClipEntry(clip_id="b", audio=Path("/music/b.ogg")),
        ],
    )
    assert read_manifest(path, ClipEntry) == [
        ClipEntry(clip_id="a", audio=tmp_path / "a.wav", caption="Ü"),
        ClipEntry(clip_id="b", audio=Path("/music/b.ogg")),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"not json\n", "line 1: not JSON"),
        (b'{"clip_id": "a"}\n', "line 1: not a valid ClipEntry: audio is missing$"),
        (b'{"clip_id": "", "audio": "a.wav"}\n', "line 1: not a valid ClipEntry"),
        (b'\n{"clip_id": "a", "audio": "x"}\n{"clip_id": "a", "audio": "y"}\n', "line 3.*twice"),
        (b"\xff\xfe", "cannot read the manifest"),
    ],
)
def test_broken_manifest_names_the_line(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "m.jsonl").write_bytes(content)
    with pytest.raises(BadInput, match=reason):
        read_manifest(tmp_path / "m.jsonl", ClipEntry)


def test_missing_manifest_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot read the manifest"):
        read_manifest(tmp_path / "none.jsonl", ImageEntry)
