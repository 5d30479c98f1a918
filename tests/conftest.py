"""Every test session has a data folder and an embedded PostgreSQL of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before Django reads its settings: tests never touch the data of the person who runs them.
_HOME = Path(tempfile.mkdtemp(prefix="musepainter-tests-"))
os.environ["MUSEPAINTER_HOME"] = str(_HOME)
os.environ.pop("DATABASE_URL", None)
# Nothing may ask a hub for weights.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


@pytest.fixture(scope="session", autouse=True)
def _home() -> Iterator[None]:
    yield
    shutil.rmtree(_HOME, ignore_errors=True)
