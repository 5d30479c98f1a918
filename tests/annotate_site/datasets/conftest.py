from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _own_folders(settings: Settings, tmp_path: Path) -> None:
    """Rows are rolled back after each test, and so must files be: versions begin at 1 again."""
    settings.SNAPSHOTS_ROOT = tmp_path / "snapshots"
    settings.MEDIA_ROOT = tmp_path / "media"
