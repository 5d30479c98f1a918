from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from annotate_site.catalog import loudness
from annotate_site.catalog.loudness import BARS, gain_db, integrated_lufs, measured, waveform

RATE_HZ = 48_000


def sine(duration_s: float, dbfs: float, channels: int = 2) -> np.ndarray:
    """1 kHz; `dbfs` is the peak."""
    times = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    tone = 10 ** (dbfs / 20) * np.sin(2 * np.pi * 1000 * times)
    return np.repeat(tone[:, None], channels, axis=1).astype(np.float32)


def written(folder: Path, samples: np.ndarray) -> Path:
    path = folder / "sound.wav"
    soundfile.write(path, samples, RATE_HZ, subtype="FLOAT")
    return path


def test_measured_gives_the_first_reference_tone_of_ebu_tech_3341(tmp_path: Path) -> None:
    measures = measured(written(tmp_path, sine(20, -23)))
    assert measures.loudness_lufs == pytest.approx(-23.0, abs=0.1)
    assert measures.gain_db == pytest.approx(0.0, abs=0.1)


def test_measured_leaves_quiet_passages_out_as_the_third_reference_tone_demands(
    tmp_path: Path,
) -> None:
    samples = np.concatenate([sine(10, -36), sine(60, -23), sine(10, -36)])
    assert measured(written(tmp_path, samples)).loudness_lufs == pytest.approx(-23.0, abs=0.1)


def test_measured_in_pieces_agrees_with_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    swell = np.linspace(0.02, 0.6, 12 * RATE_HZ, dtype=np.float32)[:, None]
    path = written(tmp_path, swell * rng.uniform(-1, 1, (12 * RATE_HZ, 2)).astype(np.float32))
    whole = measured(path)
    monkeypatch.setattr(loudness, "_PIECE_S", 3)
    pieces = measured(path)
    assert pieces.loudness_lufs == pytest.approx(whole.loudness_lufs, abs=0.1)
    assert pieces.waveform == whole.waveform


@pytest.mark.parametrize("channels", [1, 2, 8])
def test_measured_takes_any_number_of_channels(tmp_path: Path, channels: int) -> None:
    assert measured(written(tmp_path, sine(2, -20, channels))).loudness_lufs is not None


def test_measured_of_what_is_too_quiet_changes_nothing(tmp_path: Path) -> None:
    measures = measured(written(tmp_path, sine(2, -79)))
    assert (measures.loudness_lufs, measures.gain_db) == (None, 0.0)


def test_gain_db_stops_where_the_highest_peak_would_be_cut() -> None:
    assert gain_db(-14.0, -0.5) == -9.0
    assert gain_db(-33.0, -20.0) == 10.0
    assert gain_db(-33.0, -4.0) == 3.0
    assert gain_db(-60.0, -55.0) == 20.0
    # One click at full scale in soft music: turned down, so that nothing is distorted.
    assert gain_db(-23.0, 0.0) == -1.0


def test_integrated_lufs_of_no_blocks_is_none() -> None:
    assert integrated_lufs(np.array([])) is None


def test_waveform_shows_where_it_is_loud() -> None:
    windows = np.array([0.1] * 500 + [0.5] * 500, dtype=np.float32)
    assert waveform(windows) == bytes([51] * (BARS // 2) + [255] * (BARS // 2))


def test_waveform_of_few_windows_has_all_bars() -> None:
    assert waveform(np.array([0.5, 1.0], dtype=np.float32)) == bytes([128] * 80 + [255] * 80)
