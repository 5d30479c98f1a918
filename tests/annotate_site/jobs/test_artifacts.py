from __future__ import annotations

from pathlib import Path

import pytest

from annotate_site.jobs.artifacts import artifact_path, artifacts_of
from annotate_site.jobs.models import Run
from tests.factories.jobs import RunFactory


@pytest.fixture
def run(tmp_path: Path) -> Run:
    made = RunFactory.build()
    (made.folder / "paint" / "pictures").mkdir(parents=True)
    for name in ("log.txt", "paint/sheet.png", "paint/pictures/a.png", "paint/run.json"):
        (made.folder / name).write_bytes(b"x")
    (made.folder / "paint" / "weights.bin").write_bytes(b"x")
    (made.folder / ".hidden.txt").write_bytes(b"x")
    (tmp_path / "runs" / "secret.txt").write_bytes(b"x")
    (tmp_path / "secret.txt").write_bytes(b"x")
    return made


def test_artifact_path_finds_a_file_of_the_run(run: Run) -> None:
    assert artifact_path(run, "paint/sheet.png") == (run.folder / "paint/sheet.png").resolve()


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "paint/../../secret.txt",
        "../../secret.txt",
        "/etc/hostname",
        "/etc/passwd.txt",
        "paint",
        "",
        ".",
        ".hidden.txt",
        "paint/weights.bin",
        "missing.txt",
        "log.txt\0.png",
    ],
)
def test_artifact_path_refuses_everything_else(run: Run, name: str) -> None:
    assert artifact_path(run, name) is None


def test_artifact_path_refuses_a_link_that_leads_outside(run: Run, tmp_path: Path) -> None:
    (run.folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (run.folder / "folder").symlink_to(tmp_path)
    assert artifact_path(run, "link.txt") is None
    assert artifact_path(run, "folder/secret.txt") is None


def test_artifacts_of_lists_pictures_apart_and_sheets_first(run: Run) -> None:
    artifacts = artifacts_of(run)
    assert [picture.name for picture in artifacts.pictures] == [
        "paint/sheet.png",
        "paint/pictures/a.png",
    ]
    assert [file.name for file in artifacts.files] == ["log.txt", "paint/run.json"]
    assert artifacts.hidden_pictures == 0


def test_artifacts_of_a_run_without_a_folder_are_none() -> None:
    artifacts = artifacts_of(RunFactory.build())
    assert (artifacts.pictures, artifacts.files) == ([], [])
