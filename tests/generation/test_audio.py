from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from generation.audio import load_audio
from workbench.errors import BadInput

RATE_HZ = 44_100


def tone(duration_s: float = 2.0, loudness: float = 0.3) -> np.ndarray:
    time = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    return loudness * np.sin(2 * np.pi * 440.0 * time)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_load_audio_mixes_and_resamples_every_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"tone.{suffix}"
    soundfile.write(path, np.stack([tone(), 0 * tone()], axis=1), RATE_HZ)

    recording = load_audio(path, sample_rate_hz=22_050)

    assert recording.samples.dtype == np.float32
    assert recording.samples.ndim == 1
    assert recording.duration_s == pytest.approx(2.0, abs=0.06)
    assert np.abs(recording.samples[1000:-3000]).max() == pytest.approx(0.15, abs=0.01)
    assert not recording.is_cut


def test_load_audio_reads_only_the_beginning_of_a_long_file(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    soundfile.write(path, tone(5.0), RATE_HZ)

    recording = load_audio(path, max_duration_s=2.0)

    assert (recording.duration_s, recording.is_cut) == (2.0, True)


def test_load_audio_of_exactly_the_longest_duration_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "exact.wav"
    soundfile.write(path, tone(2.0), RATE_HZ)

    assert not load_audio(path, max_duration_s=2.0).is_cut


def test_load_audio_scales_float_samples_beyond_full_scale(tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"
    soundfile.write(path, tone(loudness=30_000.0).astype(np.float32), RATE_HZ, subtype="FLOAT")

    assert np.abs(load_audio(path).samples).max() == pytest.approx(1.0)


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        load_audio(path)
    return str(caught.value)


def test_load_audio_refuses_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.wav"

    assert refusal(path) == f"{path} does not exist; give the path of an audio file"


def test_load_audio_refuses_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path} is not a file; give the path of an audio file"


def test_load_audio_refuses_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp3"
    path.touch()

    assert refusal(path) == f"{path} is empty (0 bytes); give a whole audio file"


def test_load_audio_refuses_text_renamed_to_mp3(tmp_path: Path) -> None:
    path = tmp_path / "letter.mp3"
    path.write_text("Dear listener,\n\tthis is nö music.\n" * 40, encoding="utf-8")

    assert refusal(path) == f"{path} holds text, not sound; give a wav, flac, ogg or mp3 file"


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "xyz"])
def test_load_audio_refuses_random_bytes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"noise.{suffix}"
    path.write_bytes(np.random.default_rng(0).bytes(3000))

    assert refusal(path).startswith(f"{path} cannot be read as audio (")


def test_load_audio_refuses_a_flac_that_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / "broken.flac"
    soundfile.write(path, tone(), RATE_HZ)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    assert refusal(path).startswith(f"{path} cannot be read as audio (")


def test_load_audio_refuses_a_recording_without_samples(tmp_path: Path) -> None:
    path = tmp_path / "none.wav"
    soundfile.write(path, np.zeros(0), RATE_HZ)

    assert refusal(path) == f"{path} lasts 0.00 s; music to describe lasts 1 s or more"


def test_load_audio_refuses_silence(tmp_path: Path) -> None:
    path = tmp_path / "silent.wav"
    soundfile.write(path, tone(loudness=5e-5), RATE_HZ)

    assert refusal(path) == (
        f"{path} is silent (no sample above -80 dBFS); give a recording with sound"
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_load_audio_refuses_samples_that_are_no_numbers(tmp_path: Path, bad: float) -> None:
    path = tmp_path / "bad.wav"
    samples = tone().astype(np.float32)
    samples[70_000] = bad
    soundfile.write(path, samples, RATE_HZ, subtype="FLOAT")

    assert refusal(path) == (
        f"{path} holds samples that are no numbers (NaN or infinity); export it anew"
    )


def test_load_audio_refuses_raw_samples(tmp_path: Path) -> None:
    path = tmp_path / "samples.raw"
    path.write_bytes(bytes(1000))

    assert refusal(path) == (
        f"{path} is raw samples without a sample rate; convert it to wav or flac"
    )


def test_load_audio_refuses_an_absurd_sample_rate(tmp_path: Path) -> None:
    path = tmp_path / "slow.wav"
    soundfile.write(path, tone(), 100)

    assert refusal(path) == f"{path} has a sample rate of 100 Hz; expected 4000 to 384000 Hz"
