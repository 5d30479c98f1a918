from __future__ import annotations

import os
import time
from hashlib import sha256
from pathlib import Path

import pytest

from workbench import files
from workbench.errors import BadInput
from workbench.files import (
    read_json,
    sha256_of_file,
    sha256_of_folder,
    whole_file,
    whole_folder,
    write_json,
)


def test_whole_file_appears_only_after_success(tmp_path: Path) -> None:
    final = tmp_path / "deep" / "result.txt"
    with whole_file(final) as partial:
        partial.write_text("half")
        assert not final.exists()
    assert final.read_text() == "half"
    assert list(final.parent.iterdir()) == [final]


def test_whole_file_failure_keeps_the_old_one(tmp_path: Path) -> None:
    final = tmp_path / "result.txt"
    final.write_text("old")
    with pytest.raises(OSError, match="disk full"), whole_file(final) as partial:
        partial.write_text("new, but")
        raise OSError("disk full")
    assert final.read_text() == "old"
    assert list(tmp_path.iterdir()) == [final]


def test_whole_folder_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broken"), whole_folder(tmp_path / "run") as partial:
        (partial / "a.txt").write_text("a")
        raise ValueError("broken")
    assert list(tmp_path.iterdir()) == []


def test_whole_folder_refuses_to_overwrite(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "kept.txt").write_text("kept")
    with pytest.raises(BadInput, match="exists already"), whole_folder(tmp_path / "run"):
        pass
    assert (tmp_path / "run" / "kept.txt").read_text() == "kept"


def test_hash_of_file_equals_hashlib(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    assert sha256_of_file(tmp_path / "a") == sha256(b"x" * 3_000_000).hexdigest()


def test_hash_of_folder_sees_names_contents_and_suffixes(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_text("1")
    (tmp_path / "card.md").write_text("words")
    whole, weights = sha256_of_folder(tmp_path), sha256_of_folder(tmp_path, suffixes=(".bin",))
    (tmp_path / "card.md").write_text("other words")
    assert sha256_of_folder(tmp_path) != whole
    assert sha256_of_folder(tmp_path, suffixes=(".bin",)) == weights
    (tmp_path / "a.bin").rename(tmp_path / "b.bin")
    assert sha256_of_folder(tmp_path, suffixes=(".bin",)) != weights


def test_hash_of_folder_reads_a_settled_file_once(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(files, "_SETTLED_NS", 0)
    files._sha256_of_state.cache_clear()
    path = tmp_path / "a.bin"
    path.write_text("1")
    known = {sha256_of_folder(tmp_path) for _ in range(3)}
    assert files._sha256_of_state.cache_info()[:2] == (2, 1)
    times = path.stat()
    time.sleep(0.05)  # Longer than a tick of the file system's clock.
    path.write_text("2")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert {sha256_of_folder(tmp_path)} != known


def test_hash_of_folder_remembers_nothing_of_a_file_that_was_just_written(tmp_path) -> None:
    files._sha256_of_state.cache_clear()
    (tmp_path / "a.bin").write_text("1")
    sha256_of_folder(tmp_path)
    assert files._sha256_of_state.cache_info().misses == 0


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00"])
def test_read_json_names_the_broken_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(BadInput, match=r"x\.json is not valid JSON"):
        read_json(tmp_path / "x.json")


def test_json_comes_back_as_written(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"ä": [1, None]})
    assert read_json(tmp_path / "x.json") == {"ä": [1, None]}
