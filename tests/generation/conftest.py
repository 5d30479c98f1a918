from __future__ import annotations

from pathlib import Path

import pytest

from generation.painter import painter_hash
from tests.factories.painters import tiny_painter
from tests.generation.adapters import tiny_adapter
from tests.generation.music import save_song


@pytest.fixture(scope="session")
def painter_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_painter(tmp_path_factory.mktemp("painter") / "tiny")


@pytest.fixture(scope="session")
def emo_adapter(tmp_path_factory: pytest.TempPathFactory, painter_folder: Path) -> Path:
    return tiny_adapter(
        tmp_path_factory.mktemp("adapters") / "emo",
        painter_folder,
        axis="emo",
        base_painter=painter_hash(painter_folder),
        reward_model="r" * 64,
        snapshot="s" * 64,
    )


@pytest.fixture(scope="session")
def con_adapter(tmp_path_factory: pytest.TempPathFactory, painter_folder: Path) -> Path:
    return tiny_adapter(
        tmp_path_factory.mktemp("adapters") / "con",
        painter_folder,
        seed=1,
        axis="con",
        base_painter=painter_hash(painter_folder),
    )


@pytest.fixture(scope="session")
def foreign_adapter(tmp_path_factory: pytest.TempPathFactory, painter_folder: Path) -> Path:
    return tiny_adapter(tmp_path_factory.mktemp("adapters") / "foreign", painter_folder)


@pytest.fixture(scope="session")
def waltz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """C major, 110 bpm, 3/4, 14 bars."""
    folder = tmp_path_factory.mktemp("songs")
    return save_song(
        folder / "waltz.wav", tonic=0, mode="major", bpm=110.0, beats_per_bar=3, bars=14
    )
