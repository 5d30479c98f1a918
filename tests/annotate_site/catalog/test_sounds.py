from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from annotate_site.catalog.sounds import checked_sound, write_flac
from annotate_site.core.exceptions import Refused
from tests.factories.catalog import sound


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def samples(values: np.ndarray, rate_hz: int = 8000, **options: str) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, values, rate_hz, **{"format": "WAV", **options})
    return stream.getvalue()


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as caught:
        checked_sound(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "subtype", "suffix", "is_playable"),
    [
        ("WAV", "PCM_16", ".wav", True),
        ("WAV", "FLOAT", ".wav", True),
        ("WAV", "MS_ADPCM", ".wav", False),
        ("FLAC", "PCM_24", ".flac", True),
        ("OGG", "VORBIS", ".ogg", True),
        ("OGG", "OPUS", ".ogg", True),
        ("MP3", "MPEG_LAYER_III", ".mp3", True),
    ],
)
def test_checked_sound_goes_by_content(
    tmp_path: Path, kind: str, subtype: str, suffix: str, is_playable: bool
) -> None:
    found = checked_sound(written(tmp_path, "song.mp3", sound(kind=kind, subtype=subtype)))
    assert (found.suffix, found.is_playable) == (suffix, is_playable)
    assert found.duration_s == pytest.approx(1.5, abs=0.1)


@pytest.mark.parametrize(
    "content",
    [
        b"Dear diary, this is no music.\n" * 100,
        b"<html><script>alert(1)</script></html>",
        b"\x00" * 5000,
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        b"ID3\x04\x00\x00\x00\x00\x00\x00",
        b"OggS",
    ],
)
def test_checked_sound_refuses_what_is_no_sound(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, "song.mp3", content)
    assert refusal(path) == ("song.mp3 cannot be decoded as sound; expected wav, flac, ogg or mp3")


def test_checked_sound_refuses_an_empty_file(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "nothing.wav", b"")) == "nothing.wav is empty"


def test_checked_sound_refuses_other_formats(tmp_path: Path) -> None:
    path = written(tmp_path, "song.wav", sound(kind="AIFF"))
    assert refusal(path) == "song.wav is AIFF; expected wav, flac, ogg or mp3"


def test_checked_sound_refuses_short_ones(tmp_path: Path) -> None:
    path = written(tmp_path, "blip.wav", sound(duration_s=0.25))
    assert refusal(path) == "blip.wav lasts 0.25 s; at least 1 s are needed"


def test_checked_sound_refuses_a_header_without_sound(tmp_path: Path) -> None:
    path = written(tmp_path, "blip.wav", samples(np.zeros(0)))
    assert refusal(path) == "blip.wav lasts 0.00 s; at least 1 s are needed"


def test_checked_sound_refuses_long_ones(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, 4000)
    path = written(tmp_path, "long.flac", samples(np.tile(noise, 901), 4000, format="FLAC"))
    assert refusal(path) == "long.flac lasts more than 15 minutes; cut it first"


def test_checked_sound_refuses_silence(tmp_path: Path) -> None:
    path = written(tmp_path, "quiet.wav", samples(np.full(16000, 1e-5), subtype="FLOAT"))
    assert refusal(path) == "quiet.wav is silent"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_checked_sound_refuses_what_is_no_number(tmp_path: Path, value: float) -> None:
    path = written(tmp_path, "odd.wav", samples(np.full(16000, value), subtype="FLOAT"))
    assert refusal(path) == "odd.wav holds values that are no numbers; export it again"


def test_checked_sound_refuses_a_file_that_is_cut_off(tmp_path: Path) -> None:
    whole = sound(kind="MP3", duration_s=4.0)
    message = refusal(written(tmp_path, "half.mp3", whole[: len(whole) // 2]))
    assert message.startswith("half.mp3 is cut off: ")


def test_checked_sound_refuses_odd_rates_and_many_channels(tmp_path: Path) -> None:
    slow = written(tmp_path, "slow.wav", samples(np.ones(2000), 1000))
    wide = written(tmp_path, "wide.wav", samples(np.ones((8000, 9))))
    assert refusal(slow) == "slow.wav has 1000 samples per second; expected 4000 to 192000"
    assert refusal(wide) == "wide.wav has 9 channels; expected 1 to 8"


def test_write_flac_keeps_the_sound(tmp_path: Path) -> None:
    source = written(tmp_path, "song.wav", sound(kind="WAV", subtype="PCM_16"))
    write_flac(source, tmp_path / "song.flac")
    before, after = soundfile.read(source)[0], soundfile.read(tmp_path / "song.flac")[0]
    assert np.array_equal(before, after)
